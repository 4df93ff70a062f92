// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "channel/channel.h"
#include "channel/kill_point.h"

namespace monoceros::channel::testing {

// Kills this process, as SIGKILL from outside would, when it comes to `point` for the `nth` time.
void SetTrap(KillPoint point, int nth);

// What ran, by request id; in memory that all processes of a test share and that outlives them.
class Oracle {
 public:
  static constexpr uint64_t kMaxIds = 1 << 20;

  Oracle();
  ~Oracle();
  std::atomic<uint8_t>& started(uint64_t id) { return started_[id]; }
  std::atomic<uint8_t>& finished(uint64_t id) { return finished_[id]; }

 private:
  std::atomic<uint8_t>* started_;
  std::atomic<uint8_t>* finished_;
};

enum class Kind { kBlocking, kLoop };

// Forks a process that runs `body` and exits with its result.
pid_t Spawn(const std::function<int()>& body);
// Waits for the process to end, at most a minute; its exit status, or 256 + its signal.
int Await(pid_t process);

// Serves the channels one after the other until each is closed. To be run in a process of its own.
int RunWorker(Kind kind, std::vector<WorkerFds> channels, Oracle& oracle);

// What request and response of an id look like: some heads span blocks, some bodies need credit.
std::string RequestHeadOf(uint64_t id);
std::string RequestBodyOf(uint64_t id);
std::string ResponseBodyOf(uint64_t id);

}  // namespace monoceros::channel::testing
