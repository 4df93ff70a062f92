// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/family.h"

#include <limits>
#include <utility>

namespace monoceros::agent {

namespace {

double UpperBound(uint32_t bucket) {
  if (bucket + 1 == scoreboard::kBuckets) return std::numeric_limits<double>::infinity();
  return base::ToSeconds(scoreboard::kBucketBounds[bucket]);
}

}  // namespace

double Seconds(uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / static_cast<double>(base::kNanosecondsPerSecond);
}

Family::Family(prometheus::MetricType type, std::string name, std::string help)
    : family_{std::move(name), std::move(help), type, {}} {}

Family& Family::Add(double value, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (family_.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family_.metric.push_back(std::move(metric));
  return *this;
}

Family& Family::Add(const scoreboard::HistogramCopy& histogram, Labels labels) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  uint64_t cumulated = 0;
  for (uint32_t bucket = 0; bucket < scoreboard::kBuckets; ++bucket) {
    cumulated += histogram.counts[bucket];
    metric.histogram.bucket.push_back({cumulated, UpperBound(bucket)});
  }
  metric.histogram.sample_count = cumulated;
  metric.histogram.sample_sum = Seconds(histogram.sum_nanoseconds);
  family_.metric.push_back(std::move(metric));
  return *this;
}

Family Counter(std::string name, std::string help) {
  return Family(prometheus::MetricType::Counter, std::move(name), std::move(help));
}

Family Gauge(std::string name, std::string help) {
  return Family(prometheus::MetricType::Gauge, std::move(name), std::move(help));
}

Family Histogram(std::string name, std::string help) {
  return Family(prometheus::MetricType::Histogram, std::move(name), std::move(help));
}

}  // namespace monoceros::agent
