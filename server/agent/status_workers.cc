// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/metrics/load.h"
#include "agent/proto_time.h"
#include "agent/status_builder.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

using scoreboard::GilMeterState;
using scoreboard::ThreadCopy;
using scoreboard::WorkerCopy;
using scoreboard::WorkerState;

double Seconds(uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / static_cast<double>(base::kNanosecondsPerSecond);
}

const char* StateName(WorkerState state) {
  switch (state) {
    case WorkerState::kStarting:
      return "starting";
    case WorkerState::kReady:
      return "ready";
    case WorkerState::kDraining:
      return "draining";
    case WorkerState::kEmpty:
    case WorkerState::kExited:
      break;
  }
  return "exited";
}

const char* MeterName(GilMeterState state) {
  switch (state) {
    case GilMeterState::kMeasured:
      return "measured";
    case GilMeterState::kUnavailable:
      return "unavailable";
    case GilMeterState::kNotApplicable:
      return "not-applicable";
    case GilMeterState::kUnknown:
      break;
  }
  return "unknown";
}

const char* ThreadState(const ThreadCopy& thread) {
  if (thread.gil_waiting_since != 0) return "gil-wait";
  return thread.busy_since != 0 ? "running" : "idle";
}

void BuildThread(const ThreadCopy& thread, base::Nanoseconds now, control::v1::Thread& out) {
  out.set_index(thread.index);
  out.set_native_id(thread.native_id);
  out.set_state(ThreadState(thread));
  out.set_request(thread.request_text);
  out.set_request_id(thread.request_id);
  if (thread.busy_since != 0) {
    SetTime(std::max<base::Nanoseconds>(0, now - thread.busy_since), *out.mutable_request_age());
  }
  out.set_cpu_seconds(Seconds(thread.cpu_nanoseconds));
  out.set_gil_wait_seconds(Seconds(thread.gil_wait_nanoseconds));
  out.set_busy_seconds(Seconds(thread.busy_nanoseconds));
  out.set_requests(thread.requests);
}

}  // namespace

void BuildWorker(const WorkerCopy& worker, base::Nanoseconds now, control::v1::Worker& out) {
  const bool lives = worker.state != WorkerState::kExited;
  out.set_slot(worker.slot);
  out.set_pid(lives ? worker.pid : 0);
  out.set_state(StateName(worker.state));
  out.set_worker_class(worker.worker_class);
  out.set_generation(worker.generation);
  if (lives) {
    SetTime(std::max<base::Nanoseconds>(0, now - worker.started_at), *out.mutable_age());
  }
  out.set_capacity(lives ? worker.capacity : 0);
  out.set_busy(static_cast<uint32_t>(BusyThreads(worker)));
  out.set_restarts(worker.restarts);
  out.set_cpu_seconds(Seconds(worker.cpu_nanoseconds));
  out.set_gil_wait_seconds(Seconds(worker.gil_wait_nanoseconds));
  out.set_gil_meter(MeterName(worker.gil_meter));
  out.set_busy_seconds(Seconds(BusyNanoseconds(worker)));
  out.set_run_queue_seconds(Seconds(worker.run_queue_nanoseconds));
  out.set_rss_bytes(worker.rss_bytes);
  out.set_pss_bytes(worker.pss_bytes);
  if (lives && worker.stalled_since != 0) {
    SetTime(std::max<base::Nanoseconds>(0, now - worker.stalled_since), *out.mutable_stalled());
  }
  uint64_t requests = 0;
  for (const ThreadCopy& thread : worker.threads) {
    requests += thread.requests;
    if (lives && thread.native_id != 0) BuildThread(thread, now, *out.add_threads());
  }
  out.set_requests(requests);
}

}  // namespace monoceros::agent
