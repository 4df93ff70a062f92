// SPDX-License-Identifier: Apache-2.0
#include "master/loop_stalls.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace monoceros::master {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

constexpr base::Nanoseconds kBeat = base::kNanosecondsPerSecond;
// What the router may take to say which requests are there: the stack must not change meanwhile.
constexpr base::Nanoseconds kPatience = 300 * base::kNanosecondsPerMillisecond;

std::string Describe(const std::vector<RouterProcess::Exchange>& exchanges) {
  if (exchanges.empty()) return "no request is there";
  std::string text = "requests there: ";
  for (const RouterProcess::Exchange& exchange : exchanges) {
    text += fmt::format("{}{} (id {}, {} for {:.1f} s)", &exchange == exchanges.data() ? "" : ", ",
                        exchange.request, exchange.id, exchange.taken ? "runs" : "waits",
                        base::ToSeconds(exchange.age));
  }
  return text;
}

bool Serves(const Worker& worker) {
  return worker.state() == Worker::State::kReady || worker.state() == Worker::State::kDraining;
}

}  // namespace

void LoopStalls::Keep(double limit, base::Nanoseconds now) {
  Tell(now);
  if (limit <= 0) return StopWatching(now);
  if (now < next_look_ && now < next_beat_) return;
  if (now >= next_beat_) next_beat_ = now + kBeat;
  Look(base::FromSeconds(limit), now);
}

void LoopStalls::Look(base::Nanoseconds limit, base::Nanoseconds now) {
  next_look_ = INT64_MAX;
  for (const auto& worker : pool_.workers()) {
    if (!worker->identity().profile.loop || !Serves(*worker)) continue;
    const WorkerIdentity& identity = worker->identity();
    const Watch fresh{identity.row, worker->pid(), StallJudge(worker->ready_at())};
    Watch& watch = watches_.try_emplace(identity.incarnation, fresh).first->second;
    LookAt(*worker, watch, limit, now);
  }
  Forget(now);
}

void LoopStalls::LookAt(const Worker& worker, Watch& watch, base::Nanoseconds limit,
                        base::Nanoseconds now) {
  const StallJudge::News news = watch.judge.Look(worker.loop_turns(), limit, now);
  if (news.over) End(watch, *news.over, "its event loop turns again; it stood still");
  if (news.missed) {
    board_.worker(watch.row).stalls.fetch_add(1, kRelaxed);
    End(watch, *news.missed, "its event loop stood still, too shortly to be looked at,");
  }
  if (news.begun) Begin(worker.identity().incarnation, watch, now);
  next_look_ = std::min(next_look_, news.next_look);
}

void LoopStalls::Begin(uint32_t incarnation, Watch& watch, base::Nanoseconds now) {
  scoreboard::WorkerRow& row = board_.worker(watch.row);
  row.stalls.fetch_add(1, kRelaxed);
  row.stalled_since.store(watch.judge.since(), kRelaxed);
  watch.tell_by = now + kPatience;
  router_.ListExchanges(incarnation);
}

void LoopStalls::End(const Watch& watch, base::Nanoseconds lasted, const char* how) {
  Add(watch, lasted);
  context_.log.Warning("Worker (pid:{}): {} for {:.2f} s", watch.pid, how, base::ToSeconds(lasted));
}

void LoopStalls::Add(const Watch& watch, base::Nanoseconds lasted) {
  scoreboard::WorkerRow& row = board_.worker(watch.row);
  const auto nanoseconds = static_cast<uint64_t>(lasted);
  row.stalled_since.store(0, kRelaxed);
  row.stall_nanoseconds.fetch_add(nanoseconds, kRelaxed);
  if (nanoseconds > row.longest_stall_nanoseconds.load(kRelaxed)) {
    row.longest_stall_nanoseconds.store(nanoseconds, kRelaxed);
  }
}

void LoopStalls::StopWatching(base::Nanoseconds now) {
  for (auto& [incarnation, watch] : watches_) {
    if (watch.judge.since() != 0) Add(watch, watch.judge.End(now));
  }
  watches_.clear();
  next_look_ = INT64_MAX;
}

// A worker that `timeout` condemned is watched until it is gone.
void LoopStalls::Forget(base::Nanoseconds now) {
  for (auto entry = watches_.begin(); entry != watches_.end();) {
    const bool gone = !pool_.Has(entry->first);
    Watch& watch = entry->second;
    if (gone && watch.judge.since() != 0) {
      End(watch, watch.judge.End(now), "it has ended; its event loop stood still");
    }
    entry = gone ? watches_.erase(entry) : std::next(entry);
  }
}

void LoopStalls::Tell(base::Nanoseconds now) {
  for (const RouterProcess::ExchangeList& list : router_.TakeExchangeLists()) {
    const auto found = watches_.find(list.incarnation);
    if (found == watches_.end() || found->second.tell_by == 0) continue;
    Report(found->second, Describe(list.exchanges), now);
  }
  for (auto& [incarnation, watch] : watches_) {
    if (watch.tell_by != 0 && watch.tell_by <= now) {
      Report(watch, "the router did not say which requests are there", now);
    }
  }
}

void LoopStalls::Report(Watch& watch, const std::string& requests, base::Nanoseconds now) {
  watch.tell_by = 0;
  const base::Nanoseconds since = watch.judge.since();
  const std::string age =
      since == 0 ? "did not turn just now, but turns again"
                 : fmt::format("has not turned for {:.2f} s", base::ToSeconds(now - since));
  StackRequest request{StackRequest::Purpose::kSlowRequest, watch.row, watch.pid};
  request.about =
      fmt::format("Stalled loop in worker (pid:{}): it {}; {}; stacks", watch.pid, age, requests);
  stacks_.Read(std::move(request), now);
}

base::Nanoseconds LoopStalls::NextDeadline(base::Nanoseconds otherwise) const {
  for (const auto& [incarnation, watch] : watches_) {
    if (watch.tell_by != 0) otherwise = std::min(otherwise, watch.tell_by);
  }
  return std::min(otherwise, next_look_);
}

}  // namespace monoceros::master
