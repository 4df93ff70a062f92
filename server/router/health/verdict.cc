// SPDX-License-Identifier: Apache-2.0
#include "router/health/verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace monoceros::router {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr base::Nanoseconds kMasterSilence = 10 * base::kNanosecondsPerSecond;

uint32_t CountStarting(const scoreboard::Scoreboard& board) {
  uint32_t starting = 0;
  for (uint32_t row = 0; row < board.worker_rows(); ++row) {
    const uint32_t state = board.worker(row).state.load(kRelaxed);
    starting += state == static_cast<uint32_t>(scoreboard::WorkerState::kStarting) ? 1 : 0;
  }
  return starting;
}

std::string NoWorkerReason(const HealthFacts& facts) {
  if (facts.workers.stalled > 0) {
    return fmt::format("no worker takes requests: {} of {} do not react (stopped, or short of CPU)",
                       facts.workers.stalled, facts.wanted);
  }
  if (!facts.had_worker) {
    return fmt::format("starting: no worker is ready yet; {} of {} load the application",
                       facts.starting, facts.wanted);
  }
  return fmt::format("no worker is ready: {} of {} load the application, {} finish what they have",
                     facts.starting, facts.wanted, facts.workers.leaving);
}

}  // namespace

HealthFacts GatherHealth(const Context& context) {
  const scoreboard::Header& header = context.scoreboard.header();
  HealthFacts facts;
  facts.now = context.now;
  facts.master_beat_at =
      std::max(header.master_beat_at.load(kRelaxed), header.master_started_at.load(kRelaxed));
  facts.draining = context.Leaving();
  facts.memory_full = context.budgets.memory.Full();
  facts.workers = context.dispatcher.CountWorkers(context.now);
  facts.had_worker = context.dispatcher.had_worker();
  facts.wanted = header.workers_wanted.load(kRelaxed);
  if (facts.workers.serving == 0) facts.starting = CountStarting(context.scoreboard);
  return facts;
}

Verdict JudgeLiveness(const HealthFacts& facts) {
  const base::Nanoseconds silence = facts.now - facts.master_beat_at;
  if (silence < kMasterSilence) return {};
  return {{fmt::format("the master has not turned for {:.0f} seconds", base::ToSeconds(silence))}};
}

Verdict JudgeReadiness(const HealthFacts& facts) {
  Verdict verdict;
  if (facts.draining) verdict.reasons.emplace_back("draining: the server ends");
  if (facts.workers.serving == 0) verdict.reasons.push_back(NoWorkerReason(facts));
  if (facts.memory_full) {
    verdict.reasons.emplace_back("the router's memory is full of bodies (router_memory)");
  }
  return verdict;
}

}  // namespace monoceros::router
