// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace monoceros::agents {

// What may change in a running pod, as the pool wants it; what is absent stays as the image or its
// environment has it.
struct LiveValues {
  std::optional<uint32_t> workers;
  std::optional<uint32_t> threads;
  std::string worker_class;                     // empty: absent
  std::map<std::string, std::string> settings;  // live settings of the server by name
  bool operator==(const LiveValues&) const = default;
};

// What one pod's agent says of its server.
struct PodState {
  std::string state;  // "starting", "ready", "draining", "unavailable"
  uint64_t live_revision = 0;
  std::string live_state;  // "converged", "progressing", "failed"
  std::string live_message;
  std::string worker_class;
  uint32_t workers_wanted = 0;
  uint32_t workers_ready = 0;
  uint32_t threads_wanted = 0;
  double saturation = 0;
};

}  // namespace monoceros::agents
