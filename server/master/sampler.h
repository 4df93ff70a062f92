// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <vector>

#include "base/clock.h"
#include "master/cgroup_reader.h"
#include "master/memory_room.h"
#include "master/process_sampler.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::master {

// A process of ours, and where its numbers go; null: nowhere.
struct SampledProcess {
  pid_t pid = -1;
  std::atomic<uint64_t>* rss = nullptr;
  std::atomic<uint64_t>* pss = nullptr;
  std::atomic<uint64_t>* cpu = nullptr;  // grows
  std::atomic<uint64_t>* run_queue = nullptr;
};

// Writes memory and CPU time of our processes and of the cgroup into the scoreboard: CPU and
// cgroup each second, RSS every 5 s, PSS every 60 s. Each process has a phase of its own, and few
// are read in one turn, so that the master is never busy with it.
class Sampler {
 public:
  explicit Sampler(const scoreboard::Scoreboard& board);

  // `processes` are those that live now. Call in every turn.
  void Keep(const std::vector<SampledProcess>& processes, base::Nanoseconds now);
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;
  // For the decision whether one more worker fits; `worker` is the greatest PSS of any process.
  MemoryUse memory() const;

 private:
  struct State {
    explicit State(pid_t pid);
    std::string folder;
    CpuReader cpu;
    uint64_t pss = 0;
    base::Nanoseconds next = 0;
    base::Nanoseconds next_rss = 0;
    base::Nanoseconds next_pss = 0;
  };

  void Forget(const std::vector<SampledProcess>& processes);
  void Sample(const SampledProcess& process, State& state, base::Nanoseconds now);
  void PublishPss();
  void SampleCgroup();

  const scoreboard::Scoreboard& board_;
  CgroupReader cgroup_;
  CgroupUse cgroup_use_;
  std::map<pid_t, State> states_;
  base::Nanoseconds next_cgroup_ = 0;
};

}  // namespace monoceros::master
