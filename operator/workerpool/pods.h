// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kube/object.h"

namespace monoceros::workerpool {

// What matters of one pod.
struct PodFacts {
  std::string uid;
  std::string name;
  std::string hash;     // of its template
  std::string address;  // of its agent, "10.1.2.3:9103"; empty: none yet
  bool ready = false;
  bool started = false;  // the server has been ready once: it takes live values
  int64_t restarts = 0;  // of the server
  // Why it cannot start or stay, as Kubernetes names it ("CrashLoopBackOff"); empty: it can.
  std::string failure;
  std::string message;  // the last lines of what its container said, or Kubernetes' words
  bool operator==(const PodFacts&) const = default;
};

PodFacts FactsOf(const kube::Json& pod);
// Of the pods that are there to stay: neither being deleted nor ended.
std::vector<PodFacts> FactsOf(const std::vector<kube::Object>& pods);

// At most `bytes` of the text's end, from the beginning of a line or at least of a character.
std::string LastLines(const std::string& text, size_t bytes);

}  // namespace monoceros::workerpool
