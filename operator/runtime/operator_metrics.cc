// SPDX-License-Identifier: Apache-2.0
#include "runtime/operator_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <initializer_list>
#include <utility>

#include "runtime/version.h"

namespace monoceros::runtime {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using Buckets = Histogram::BucketBoundaries;
template <typename T>
using Family = prometheus::Family<T>;

// The bounds of controller-runtime and client-go, so that quantiles are comparable.
const Buckets& PassBuckets() {
  static const Buckets kBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3,  0.35,
                               0.4,   0.45, 0.5,   0.6,  0.7, 0.8,  0.9, 1,    1.25, 1.5,
                               1.75,  2,    2.5,   3,    3.5, 4,    4.5, 5,    6,    7,
                               8,     9,    10,    15,   20,  25,   30,  40,   50,   60};
  return kBounds;
}

const Buckets& QueueBuckets() {
  static const Buckets kBounds{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000};
  return kBounds;
}

const Buckets& RequestBuckets() {
  static const Buckets kBounds{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
  return kBounds;
}

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// `name` is client-go's label, `controller` the one that controller-runtime adds.
Labels OfQueue(const std::string& queue) { return {{"name", queue}, {"controller", queue}}; }

Labels OfPool(const kube::Key& pool, const char* state) {
  return {{"namespace", pool.ns}, {"pool", pool.name}, {"state", state}};
}

}  // namespace

class OperatorMetrics::Impl {
 public:
  Family<Counter>& CounterFamily(const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& GaugeFamily(const std::string& name, const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& HistogramFamily(const std::string& name, const std::string& help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  prometheus::Registry registry;

  Family<Counter>& passes =
      CounterFamily("controller_runtime_reconcile_total", "Passes by controller and result");
  Family<Counter>& errors =
      CounterFamily("controller_runtime_reconcile_errors_total", "Passes that failed");
  Family<Counter>& terminals =
      CounterFamily("controller_runtime_terminal_reconcile_errors_total",
                    "Passes that failed and are not tried again before their object changes");
  Family<Counter>& panics =
      CounterFamily("controller_runtime_reconcile_panics_total",
                    "Always 0: a defect in a pass ends this program, which is started anew");
  Family<Counter>& timeouts = CounterFamily("controller_runtime_reconcile_timeouts_total",
                                            "Passes that were ended at their time limit");
  Family<Histogram>& times =
      HistogramFamily("controller_runtime_reconcile_time_seconds", "How long passes took");
  Family<Gauge>& most = GaugeFamily("controller_runtime_max_concurrent_reconciles",
                                    "How many passes may run at the same time");
  Family<Gauge>& active =
      GaugeFamily("controller_runtime_active_workers", "How many passes run now");

  Family<Gauge>& depth = GaugeFamily("workqueue_depth", "Keys that want a pass");
  Family<Counter>& adds = CounterFamily("workqueue_adds_total", "Keys that were added");
  Family<Histogram>& waits = HistogramFamily("workqueue_queue_duration_seconds",
                                             "How long keys waited until their pass began");
  Family<Histogram>& works =
      HistogramFamily("workqueue_work_duration_seconds", "How long keys were worked on");
  Family<Gauge>& unfinished = GaugeFamily("workqueue_unfinished_work_seconds",
                                          "How long the passes that run now have run, summed");
  Family<Gauge>& longest = GaugeFamily("workqueue_longest_running_processor_seconds",
                                       "How long the longest of the passes that run now has run");
  Family<Counter>& retries =
      CounterFamily("workqueue_retries_total", "Keys that were added again after a failure");

  Family<Counter>& requests =
      CounterFamily("rest_client_requests_total", "Requests to the API server by status code");
  Family<Histogram>& request_times = HistogramFamily("rest_client_request_duration_seconds",
                                                     "How long the API server took to answer");
  Family<Gauge>& leading = GaugeFamily("leader_election_master_status",
                                       "Whether this process holds the Lease of that name");

  Family<Counter>& live_changes =
      CounterFamily("monoceros_operator_live_changes_total",
                    "Live changes of pods by result: converged, failed, unreachable");
  Family<Gauge>& replicas =
      GaugeFamily("monoceros_operator_pool_replicas",
                  "Pods of a WorkerPool that are wanted (desired) and that serve (ready)");
  Family<Gauge>& pools =
      GaugeFamily("monoceros_operator_pools", "WorkerPools by status of their condition Ready");
  Family<Gauge>& build = GaugeFamily("monoceros_operator_build_info", "The version; always 1");
};

OperatorMetrics::OperatorMetrics() : impl_(std::make_unique<Impl>()) {
  impl_->build.Add({{"version", Version()}}).Set(1);
}

OperatorMetrics::~OperatorMetrics() = default;

void OperatorMetrics::SetConcurrency(const std::string& controller, int count) {
  const Labels labels{{"controller", controller}};
  impl_->most.Add(labels).Set(count);
  impl_->active.Add(labels);
  // From the start: an alert on their rate must not miss the first.
  for (Family<Counter>* family :
       {&impl_->errors, &impl_->terminals, &impl_->panics, &impl_->timeouts}) {
    family->Add(labels);
  }
  for (const char* result : {"success", "error", "requeue", "requeue_after"}) {
    impl_->passes.Add({{"controller", controller}, {"result", result}});
  }
}

void OperatorMetrics::PassStarted(const std::string& controller) {
  impl_->active.Add({{"controller", controller}}).Increment();
}

void OperatorMetrics::PassEnded(const std::string& controller, const std::string& result,
                                std::chrono::nanoseconds took) {
  const Labels labels{{"controller", controller}};
  impl_->active.Add(labels).Decrement();
  impl_->times.Add(labels, PassBuckets()).Observe(Seconds(took));
  impl_->passes.Add({{"controller", controller}, {"result", result}}).Increment();
  if (result == "error") impl_->errors.Add(labels).Increment();
}

void OperatorMetrics::PassTimedOut(const std::string& controller) {
  impl_->timeouts.Add({{"controller", controller}}).Increment();
}

void OperatorMetrics::PassTerminal(const std::string& controller) {
  impl_->terminals.Add({{"controller", controller}}).Increment();
}

void OperatorMetrics::QueueAdded(const std::string& queue, size_t depth) {
  impl_->adds.Add(OfQueue(queue)).Increment();
  impl_->depth.Add(OfQueue(queue)).Set(static_cast<double>(depth));
}

void OperatorMetrics::QueueTaken(const std::string& queue, size_t depth,
                                 std::chrono::nanoseconds waited) {
  impl_->depth.Add(OfQueue(queue)).Set(static_cast<double>(depth));
  impl_->waits.Add(OfQueue(queue), QueueBuckets()).Observe(Seconds(waited));
}

void OperatorMetrics::QueueDone(const std::string& queue, std::chrono::nanoseconds worked) {
  impl_->works.Add(OfQueue(queue), QueueBuckets()).Observe(Seconds(worked));
}

void OperatorMetrics::QueueRetried(const std::string& queue) {
  impl_->retries.Add(OfQueue(queue)).Increment();
}

void OperatorMetrics::QueueUnfinished(const std::string& queue, std::chrono::nanoseconds sum,
                                      std::chrono::nanoseconds longest) {
  impl_->unfinished.Add(OfQueue(queue)).Set(Seconds(sum));
  impl_->longest.Add(OfQueue(queue)).Set(Seconds(longest));
}

void OperatorMetrics::Request(const kube::RequestDone& done) {
  const std::string code = done.status == 0 ? "<error>" : std::to_string(done.status);
  impl_->requests.Add({{"code", code}, {"method", done.method}, {"host", done.host}}).Increment();
  impl_->request_times.Add({{"verb", done.method}, {"host", done.host}}, RequestBuckets())
      .Observe(Seconds(done.took));
}

void OperatorMetrics::Leading(const std::string& lease, bool leading) {
  impl_->leading.Add({{"name", lease}}).Set(leading ? 1 : 0);
}

void OperatorMetrics::LiveChange(const std::string& result) {
  impl_->live_changes.Add({{"result", result}}).Increment();
}

void OperatorMetrics::SetPools(const std::string& ready, size_t count) {
  impl_->pools.Add({{"ready", ready}}).Set(static_cast<double>(count));
}

void OperatorMetrics::SetReplicas(const kube::Key& pool, int64_t desired, int64_t ready) {
  for (const auto& [state, count] : {std::pair{"desired", desired}, std::pair{"ready", ready}}) {
    impl_->replicas.Add(OfPool(pool, state)).Set(static_cast<double>(count));
  }
}

void OperatorMetrics::ForgetPool(const kube::Key& pool) {
  for (const char* const state : {"desired", "ready"}) {
    impl_->replicas.Remove(&impl_->replicas.Add(OfPool(pool, state)));
  }
}

std::string OperatorMetrics::Text() const {
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(impl_->registry.Collect());
}

}  // namespace monoceros::runtime
