// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/counter_floor.h"

#include <algorithm>

namespace monoceros::agent {

namespace {

void Raise(double& value, double& floor) { value = floor = std::max(value, floor); }

std::string Key(const std::string& name, const Labels& labels) {
  std::string key = name;
  for (const auto& label : labels) key.append(1, '\0').append(label.name).append("=" + label.value);
  return key;
}

void RaiseBuckets(prometheus::ClientMetric::Histogram& histogram, std::vector<uint64_t>& floors) {
  floors.resize(histogram.bucket.size());
  for (size_t index = 0; index < floors.size(); ++index) {
    uint64_t& count = histogram.bucket[index].cumulative_count;
    count = floors[index] = std::max(count, floors[index]);
  }
  if (!floors.empty()) histogram.sample_count = floors.back();
}

}  // namespace

void CounterFloor::Apply(Families& families) {
  for (prometheus::MetricFamily& family : families) {
    if (family.type != prometheus::MetricType::Counter &&
        family.type != prometheus::MetricType::Histogram) {
      continue;
    }
    for (prometheus::ClientMetric& metric : family.metric) Apply(family.name, metric, family.type);
  }
}

void CounterFloor::Apply(const std::string& name, prometheus::ClientMetric& metric,
                         prometheus::MetricType type) {
  Floor& floor = floors_[Key(name, metric.label)];
  if (type == prometheus::MetricType::Counter) {
    Raise(metric.counter.value, floor.value);
  } else {
    Raise(metric.histogram.sample_sum, floor.value);
    RaiseBuckets(metric.histogram, floor.buckets);
  }
}

}  // namespace monoceros::agent
