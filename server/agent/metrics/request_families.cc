// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "agent/metrics/families.h"

namespace monoceros::agent {

namespace {

using scoreboard::PoolHistogram;
using scoreboard::RouterCopy;

constexpr std::array kPhases = {"queue", "gil_wait", "cpu", "run_queue", "other", "write"};
constexpr std::array kStatusClassNames = {"none", "2xx", "3xx", "4xx", "5xx"};
static_assert(kStatusClassNames.size() == scoreboard::kStatusClasses);
constexpr std::array kResponses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::array kTimeouts = {"header", "body", "send", "queue"};
static_assert(kTimeouts.size() == scoreboard::kClientTimeouts);
constexpr std::array kConnections = {"idle", "reading", "waiting", "writing", "upgraded"};
static_assert(kConnections.size() == scoreboard::kConnectionStates + 1);

// One sample per name, from an array of the same order.
template <typename Names, typename Values>
prometheus::MetricFamily Each(Family family, const char* label, const Names& names,
                              const Values& values) {
  static_assert(std::tuple_size_v<Names> == std::tuple_size_v<Values>);
  for (size_t index = 0; index < names.size(); ++index) {
    family.Add(static_cast<double>(values[index]), {{label, names[index]}});
  }
  return family.Take();
}

template <typename Names>
prometheus::MetricFamily Histograms(Family family, const char* label, const Names& names,
                                    const RouterCopy& router, PoolHistogram first) {
  for (size_t index = 0; index < names.size(); ++index) {
    family.Add(router.histograms[static_cast<size_t>(first) + index], {{label, names[index]}});
  }
  return family.Take();
}

void AddHistograms(const RouterCopy& router, Families& families) {
  families.push_back(Histograms(
      Histogram("monoceros_request_duration_seconds",
                "From complete enough to dispatch to the last byte given to the kernel."),
      "status_class", kStatusClassNames, router, PoolHistogram::kRequest));
  families.push_back(Histograms(Histogram("monoceros_application_duration_seconds",
                                          "From taken by a worker to the end of its response."),
                                "status_class", kStatusClassNames, router,
                                PoolHistogram::kApplication));
  families.push_back(
      Histograms(Histogram("monoceros_request_phase_seconds", "Where the time of requests went."),
                 "phase", kPhases, router, PoolHistogram::kQueue));
}

void AddTraffic(const RouterCopy& router, Families& families) {
  const auto add = [&families](Family family, uint64_t value) {
    families.push_back(family.Add(static_cast<double>(value)).Take());
  };
  families.push_back(
      Each(Counter("monoceros_requests_total", "Requests that ended, by the class of the status."),
           "status_class", kResponses, router.responses_by_class));
  add(Gauge("monoceros_requests_in_flight", "Requests that workers run."), router.in_flight);
  add(Gauge("monoceros_streams", "Tunnels and endless responses beside the requests in flight."),
      router.streams);
  add(Gauge("monoceros_queue_depth", "Requests that wait for a worker."), router.queued);
  add(Counter("monoceros_requests_shed_total", "Requests refused with 503: the queue was full."),
      router.shed);
  add(Counter("monoceros_requests_abandoned_total", "Requests whose client left the queue."),
      router.abandoned);
  add(Counter("monoceros_requests_refused_total", "Requests refused as invalid or not allowed."),
      router.refused);
  add(Counter("monoceros_requests_disrupted_total", "Requests whose worker died running them."),
      router.disrupted);
  add(Counter("monoceros_request_body_bytes_total", "Bytes of request bodies."),
      router.request_body_bytes);
  add(Counter("monoceros_response_bytes_total", "Bytes of responses, heads included."),
      router.response_bytes);
}

std::array<uint32_t, kConnections.size()> ByState(const RouterCopy& router) {
  std::array<uint32_t, kConnections.size()> all{};
  std::copy(router.by_state.begin(), router.by_state.end(), all.begin());
  all.back() = router.upgraded;
  return all;
}

void AddConnections(const RouterCopy& router, Families& families) {
  const auto add = [&families](Family family, uint64_t value) {
    families.push_back(family.Add(static_cast<double>(value)).Take());
  };
  families.push_back(Each(Gauge("monoceros_connections", "Open connections of clients, by state."),
                          "state", kConnections, ByState(router)));
  add(Counter("monoceros_connections_accepted_total", "Connections accepted."), router.accepted);
  families.push_back(
      Each(Counter("monoceros_client_timeouts_total", "Time limits of clients that passed."),
           "kind", kTimeouts, router.timeouts));
  add(Gauge("monoceros_backlog", "Connections in the kernel's accept queues."), router.backlog);
  add(Gauge("monoceros_backlog_limit", "Connections that the accept queues hold."),
      router.backlog_limit);
  add(Counter("monoceros_backlog_overflows_total", "Connections that found an accept queue full."),
      router.backlog_overflows);
  add(Gauge("monoceros_buffer_bytes", "Bytes of bodies held in the router's memory."),
      router.buffer_bytes);
  add(Gauge("monoceros_spool_bytes", "Bytes of bodies held in temporary files."),
      router.spool_bytes);
  add(Counter("monoceros_log_lines_dropped_total", "Log lines that nobody read in time."),
      router.log_lines_dropped);
}

}  // namespace

void AddRequestFamilies(const scoreboard::Snapshot& now, Families& families) {
  AddTraffic(now.router, families);
  AddHistograms(now.router, families);
  AddConnections(now.router, families);
}

}  // namespace monoceros::agent
