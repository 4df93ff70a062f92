// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace monoceros::manager {

// Where a server listens; an empty address: everywhere.
struct Bind {
  std::string address;
  uint16_t port = 0;
  bool operator==(const Bind&) const = default;
};

// "127.0.0.1:8080", "[::1]:8080", ":8080".
base::Result<Bind> ParseBind(const std::string& text);

// What the operator was started with.
struct Options {
  std::string ns;  // the only namespace that is watched; empty: all
  std::string kubeconfig;
  std::string context;
  Bind metrics{{}, 8080};
  Bind probes{{}, 8081};
  bool leader_election = true;
  std::string leader_election_ns;  // of the Lease; empty: that of the kubeconfig or the pod
  int concurrency = 4;
  base::LogLevel log_level = base::LogLevel::kInfo;
  bool log_json = false;
  bool check = false;  // only look whether WorkerPools can be listed, say how many, and leave
  std::string text;    // not empty: print it and leave (--help, --version)
};

// Of the arguments, without the program's name, and the environment (POD_NAMESPACE). The error is
// a sentence.
base::Result<Options> ReadOptions(std::vector<std::string> arguments);

}  // namespace monoceros::manager
