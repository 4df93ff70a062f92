// SPDX-License-Identifier: Apache-2.0
#include "master/sampler.h"

#include <algorithm>
#include <string>

namespace monoceros::master {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;
constexpr base::Nanoseconds kCpuPause = kSecond;
constexpr base::Nanoseconds kRssPause = 5 * kSecond;
constexpr base::Nanoseconds kPssPause = 60 * kSecond;
// The first reading of PSS comes soon, or nobody would know it for a minute.
constexpr base::Nanoseconds kFirstPss = 5 * kSecond;
constexpr int kMostPerTurn = 8;

void Add(std::atomic<uint64_t>* counter, uint64_t growth) {
  if (counter != nullptr) counter->fetch_add(growth, kRelaxed);
}

// Processes started together are read at different times.
base::Nanoseconds Phase(pid_t pid, base::Nanoseconds pause) {
  return (pid * base::Nanoseconds{7919'000'003}) % pause;
}

}  // namespace

Sampler::State::State(pid_t pid) : folder("/proc/" + std::to_string(pid)), cpu(folder) {}

Sampler::Sampler(const scoreboard::Scoreboard& board)
    : board_(board), cgroup_("/proc/self/cgroup", "/sys/fs/cgroup") {}

void Sampler::Keep(const std::vector<SampledProcess>& processes, base::Nanoseconds now) {
  Forget(processes);
  int read = 0;
  for (const SampledProcess& process : processes) {
    if (process.pid <= 0) continue;
    const auto [entry, is_new] = states_.try_emplace(process.pid, process.pid);
    State& state = entry->second;
    if (is_new) {
      state.next = now + Phase(process.pid, kCpuPause);
      state.next_pss = now + kFirstPss + Phase(process.pid, kFirstPss);
    }
    if (state.next > now || read == kMostPerTurn) continue;
    Sample(process, state, now);
    ++read;
  }
  if (now >= next_cgroup_) SampleCgroup(), next_cgroup_ = now + kCpuPause;
}

void Sampler::Forget(const std::vector<SampledProcess>& processes) {
  std::erase_if(states_, [&](const auto& entry) {
    return std::ranges::find(processes, entry.first, &SampledProcess::pid) == processes.end();
  });
}

void Sampler::Sample(const SampledProcess& process, State& state, base::Nanoseconds now) {
  const CpuReader::Times growth = state.cpu.ReadGrowth();
  Add(process.cpu, growth.cpu);
  Add(process.run_queue, growth.run_queue);
  state.next = now + kCpuPause;
  if (now >= state.next_rss) {
    const auto rss = ReadRss(state.folder);
    if (rss && process.rss != nullptr) process.rss->store(*rss, kRelaxed);
    state.next_rss = now + kRssPause;
  }
  if (now < state.next_pss) return;
  state.pss = ReadPss(state.folder).value_or(0);
  if (process.pss != nullptr) process.pss->store(state.pss, kRelaxed);
  state.next_pss = now + kPssPause + Phase(process.pid, kSecond);
  PublishPss();
}

void Sampler::PublishPss() {
  uint64_t sum = 0;
  for (const auto& [pid, state] : states_) sum += state.pss;
  board_.header().all_pss_bytes.store(sum, kRelaxed);
}

void Sampler::SampleCgroup() {
  const auto use = cgroup_.Read();
  if (!use) return;
  cgroup_use_ = *use;
  scoreboard::Header& header = board_.header();
  header.cgroup_memory.store(use->memory, kRelaxed);
  header.cgroup_limit.store(use->limit, kRelaxed);
  header.cgroup_cpu_quota.store(use->cpu_quota, kRelaxed);
  header.cgroup_cpu_nanoseconds.store(use->cpu, kRelaxed);
  header.cgroup_periods.store(use->periods, kRelaxed);
  header.cgroup_throttled_periods.store(use->throttled_periods, kRelaxed);
  header.cgroup_throttled_nanoseconds.store(use->throttled, kRelaxed);
}

MemoryUse Sampler::memory() const {
  uint64_t greatest = 0;
  for (const auto& [pid, state] : states_) greatest = std::max(greatest, state.pss);
  return {cgroup_use_.memory, cgroup_use_.limit, greatest};
}

base::Nanoseconds Sampler::NextDeadline(base::Nanoseconds otherwise) const {
  for (const auto& [pid, state] : states_) otherwise = std::min(otherwise, state.next);
  return otherwise;
}

}  // namespace monoceros::master
