// SPDX-License-Identifier: Apache-2.0
#include "agent/status_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "agent/metrics/load.h"
#include "agent/metrics/saturation.h"
#include "agent/proto_time.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

using control::v1::Status;
using scoreboard::HeaderCopy;
using scoreboard::HistogramCopy;
using scoreboard::LiveState;
using scoreboard::PoolHistogram;
using scoreboard::RestartReason;
using scoreboard::RouterCopy;
using scoreboard::Snapshot;
using scoreboard::WorkerCopy;
using scoreboard::WorkerState;

// As long as the router's liveness waits.
constexpr base::Nanoseconds kMasterSilence = 10 * base::kNanosecondsPerSecond;

constexpr const char* kReasonNames[scoreboard::kRestartReasons] = {
    "crash",  "out_of_memory", "timeout", "boot_timeout", "max_requests",
    "signal", "command",       "reload",  "scale",        "request_timeout"};

size_t Index(PoolHistogram histogram) { return static_cast<size_t>(histogram); }

double Sum(const RouterCopy& router, PoolHistogram histogram) {
  return static_cast<double>(router.histograms[Index(histogram)].sum_nanoseconds) / 1e9;
}

long Count(const Snapshot& now, WorkerState state) {
  return std::count_if(now.workers.begin(), now.workers.end(),
                       [state](const WorkerCopy& worker) { return worker.state == state; });
}

base::Nanoseconds Silence(const Snapshot& now) {
  return now.taken_at - std::max(now.header.master_beat_at, now.header.master_started_at);
}

void SetState(const Snapshot& now, Status& out) {
  const long ready = Count(now, WorkerState::kReady);
  out.set_state(ready > 0 ? "ready" : "starting");
  if (ready == 0) {
    out.add_reasons(fmt::format("no worker is ready: {} of {} load the application",
                                Count(now, WorkerState::kStarting), now.header.workers_wanted));
  }
  if (now.header.draining) {
    out.set_state("draining");
    out.add_reasons("draining: the server ends");
  }
  if (Silence(now) < kMasterSilence) return;
  out.set_state("unavailable");
  out.add_reasons(
      fmt::format("the master has not turned for {:.0f} seconds", base::ToSeconds(Silence(now))));
}

void SetLive(const HeaderCopy& header, control::v1::LiveStatus& live) {
  live.set_revision(header.live_revision);
  switch (header.live_state) {
    case LiveState::kProgressing:
      live.set_state("progressing");
      live.set_message("a change of the pool is under way");
      return;
    case LiveState::kFailed:
      live.set_state("failed");
      live.set_message("the last change did not converge and was rolled back");
      return;
    case LiveState::kConverged:
      break;
  }
  live.set_state("converged");
}

void SetPool(const Snapshot& now, Status& out) {
  out.set_generation(now.header.generation);
  out.set_worker_class(now.header.worker_class);
  out.set_workers_wanted(now.header.workers_wanted);
  out.set_workers_ready(static_cast<uint32_t>(Count(now, WorkerState::kReady)));
  out.set_threads_wanted(now.header.threads_wanted);
  out.set_slots(static_cast<uint32_t>(UsableSlots(now)));
  out.set_busy(static_cast<uint32_t>(BusySlots(now)));
  out.set_queued(now.router.queued);
  out.set_connections(now.router.connections);
  out.set_rss_bytes(ResidentBytes(now));
  out.set_pss_bytes(now.header.all_pss_bytes);
  out.set_reloads_ok(now.header.reloads_ok);
  out.set_reloads_failed(now.header.reloads_failed);
}

void SetCounts(const Snapshot& now, Status& out) {
  const auto& restarts = now.header.restarts;
  out.set_requests(now.router.requests);
  out.set_responses_5xx(now.router.responses_by_class[5]);
  out.set_shed(now.router.shed);
  out.set_timeouts(restarts[static_cast<size_t>(RestartReason::kTimeout)] +
                   restarts[static_cast<size_t>(RestartReason::kBootTimeout)]);
  for (size_t i = 0; i < restarts.size(); ++i) {
    (*out.mutable_restarts())[kReasonNames[i]] = restarts[i];
  }
}

// Of the serving threads: read once a second, also where no request is asked for its own.
double RunQueueOfThreads(const Snapshot& now) {
  uint64_t sum = 0;
  for (const scoreboard::WorkerCopy& worker : now.workers) {
    for (const scoreboard::ThreadCopy& thread : worker.threads) sum += thread.run_queue_nanoseconds;
  }
  return static_cast<double>(sum) / 1e9;
}

// What requests did not read of their own run-queue wait is in their "other wait": it is moved.
void SetTimeSplit(const Snapshot& now, control::v1::TimeSplit& time) {
  const RouterCopy& router = now.router;
  const double read = Sum(router, PoolHistogram::kRunQueue);
  const double other = Sum(router, PoolHistogram::kOther);
  const double unread = std::clamp(RunQueueOfThreads(now) - read, 0.0, other);
  time.set_queue_seconds(Sum(router, PoolHistogram::kQueue));
  time.set_gil_wait_seconds(Sum(router, PoolHistogram::kGilWait));
  time.set_cpu_seconds(Sum(router, PoolHistogram::kCpu));
  time.set_run_queue_seconds(read + unread);
  time.set_other_seconds(other - unread);
  time.set_write_seconds(Sum(router, PoolHistogram::kWrite));
}

// The requests of all status classes together.
HistogramCopy RequestTimes(const RouterCopy& router) {
  HistogramCopy sum;
  for (uint32_t status = 0; status < scoreboard::kStatusClasses; ++status) {
    const auto& counts = router.histograms[Index(PoolHistogram::kRequest) + status].counts;
    std::transform(counts.begin(), counts.end(), sum.counts.begin(), sum.counts.begin(),
                   std::plus<>());
  }
  return sum;
}

void Subtract(const HistogramCopy& before, HistogramCopy& from) {
  for (size_t i = 0; i < from.counts.size(); ++i) {
    from.counts[i] -= std::min(from.counts[i], before.counts[i]);
  }
}

void SetQuantiles(const StatusInput& input, control::v1::Quantiles& out) {
  HistogramCopy times = RequestTimes(input.now.router);
  if (input.quantiles_since_before) Subtract(RequestTimes(input.before.router), times);
  out.set_p50_seconds(Quantile(times, 0.5));
  out.set_p95_seconds(Quantile(times, 0.95));
  out.set_p99_seconds(Quantile(times, 0.99));
}

void SetRates(const StatusInput& input, Status& out) {
  const Load load = Compare(input.before, input.now);
  out.set_saturation(Saturation(input.window, input.now));
  out.set_occupancy(load.occupancy);
  out.set_gil_wait_ratio(load.gil_wait_ratio);
  out.set_without_gil(!HasGil(input.now));
  out.set_gil_utilisation(Compare(input.window, input.now).gil_utilisation);
  const uint64_t requests = input.now.router.requests;
  if (load.seconds > 0 && requests > input.before.router.requests) {
    out.set_requests_per_second(static_cast<double>(requests - input.before.router.requests) /
                                load.seconds);
  }
}

// A slot that was given up shows nothing; one that waits for its replacement does.
bool Shown(const WorkerCopy& worker, const HeaderCopy& header) {
  return worker.state != WorkerState::kExited || worker.slot < header.workers_wanted;
}

}  // namespace

void BuildStatus(const StatusInput& input, Status& status) {
  const Snapshot& now = input.now;
  SetTime(input.wall_clock, *status.mutable_at());
  SetState(now, status);
  SetTime(std::max<base::Nanoseconds>(0, now.taken_at - now.header.master_started_at),
          *status.mutable_uptime());
  SetLive(now.header, *status.mutable_live());
  SetPool(now, status);
  SetCounts(now, status);
  SetTimeSplit(now, *status.mutable_time());
  SetQuantiles(input, *status.mutable_request_time());
  SetRates(input, status);
  if (!input.detail) return;
  for (const WorkerCopy& worker : now.workers) {
    if (Shown(worker, now.header)) BuildWorker(worker, now.taken_at, *status.add_workers());
  }
}

double Quantile(const HistogramCopy& histogram, double share) {
  const double wanted = share * static_cast<double>(histogram.count());
  double below = 0;
  for (uint32_t i = 0; i < scoreboard::kBuckets; ++i) {
    const auto count = static_cast<double>(histogram.counts[i]);
    if (count == 0 || below + count < wanted) {
      below += count;
      continue;
    }
    const double lower = i == 0 ? 0 : base::ToSeconds(scoreboard::kBucketBounds[i - 1]);
    // The last bucket has no upper bound: its lower one is what is certain.
    if (i + 1 == scoreboard::kBuckets) return lower;
    const double upper = base::ToSeconds(scoreboard::kBucketBounds[i]);
    return lower + (upper - lower) * (wanted - below) / count;
  }
  return 0;
}

}  // namespace monoceros::agent
