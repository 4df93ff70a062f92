// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/app_metrics_merge.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

namespace monoceros::agent {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

prometheus::MetricType TypeOf(AppMetricType type) {
  switch (type) {
    case AppMetricType::kCounter:
      return prometheus::MetricType::Counter;
    case AppMetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case AppMetricType::kHistogram:
      return prometheus::MetricType::Histogram;
    case AppMetricType::kSummary:
      break;
  }
  return prometheus::MetricType::Summary;
}

// A double of anybody's as a count.
uint64_t Count(double value) {
  if (!(value > 0)) return 0;
  return value < 1e18 ? static_cast<uint64_t>(value) : uint64_t{1'000'000'000'000'000'000};
}

double UpperBound(const std::string& text) {
  if (text == "+Inf") return kInfinity;
  return std::strtod(text.c_str(), nullptr);
}

void BuildHistogram(const std::map<double, double>& buckets, double sum,
                    prometheus::ClientMetric::Histogram& histogram) {
  for (const auto& [bound, count] : buckets) {
    histogram.sample_count += Count(count);
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = sum;
}

}  // namespace

bool AppMetricsMerge::Add(const AppMetricsName& name, const std::vector<AppMetricEntry>& entries) {
  bool all = true;
  for (const AppMetricEntry& entry : entries) all = AddEntry(name, entry) && all;
  return all;
}

bool AppMetricsMerge::AddEntry(const AppMetricsName& name, const AppMetricEntry& entry) {
  const bool by_sample = name.type == AppMetricType::kCounter || name.type == AppMetricType::kGauge;
  const std::string& shown = by_sample ? entry.sample : entry.family;
  if (shown.starts_with("monoceros_")) return false;
  const auto [found, added] = families_.try_emplace(shown);
  Merged& merged = found->second;
  if (added) {
    merged.type = name.type;
    merged.mode = name.mode;
    merged.help = entry.help;
  }
  if (merged.type != name.type || merged.mode != name.mode) return false;
  if (name.type == AppMetricType::kGauge) {
    AddGauge(merged, name, entry);
  } else {
    AddSum(merged, entry);
  }
  return true;
}

void AppMetricsMerge::AddGauge(Merged& merged, const AppMetricsName& name,
                               const AppMetricEntry& entry) {
  // What a process only declared, or inherited, is no value of its.
  if ((!name.slot || name.forked) && entry.value == 0) return;
  const std::string mode = name.mode.starts_with("live") ? name.mode.substr(4) : name.mode;
  LabelMap labels = entry.labels;
  if (mode == "all") labels.try_emplace("pid", name.slot ? std::to_string(*name.slot) : "template");
  Sample& sample = merged.samples[labels];
  const bool first = std::exchange(sample.empty, false);
  if (mode == "sum") {
    sample.value += entry.value;
  } else if (first || mode == "all" || (mode == "min" && entry.value < sample.value) ||
             (mode == "max" && entry.value > sample.value) ||
             (mode == "mostrecent" && entry.time > sample.time)) {
    sample.value = entry.value;
    sample.time = entry.time;
  }
}

void AppMetricsMerge::AddSum(Merged& merged, const AppMetricEntry& entry) {
  LabelMap labels = entry.labels;
  const auto bound = labels.find("le");
  if (merged.type == AppMetricType::kHistogram && bound != labels.end()) {
    const double upper = UpperBound(bound->second);
    labels.erase(bound);
    if (!std::isnan(upper)) merged.samples[labels].buckets[upper] += entry.value;
  } else if (merged.type == AppMetricType::kSummary && entry.sample.ends_with("_count")) {
    merged.samples[labels].count += entry.value;
  } else {
    merged.samples[labels].value += entry.value;
  }
}

prometheus::MetricFamily AppMetricsMerge::Build(const std::string& name, const Merged& merged) {
  prometheus::MetricFamily family{name, merged.help, TypeOf(merged.type), {}};
  for (const auto& [labels, sample] : merged.samples) {
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    metric.counter.value = metric.gauge.value = metric.summary.sample_sum = sample.value;
    metric.summary.sample_count = Count(sample.count);
    BuildHistogram(sample.buckets, sample.value, metric.histogram);
  }
  return family;
}

Families AppMetricsMerge::Take() {
  Families families;
  for (const auto& [name, merged] : std::exchange(families_, {})) {
    if (!merged.samples.empty()) families.push_back(Build(name, merged));
  }
  return families;
}

}  // namespace monoceros::agent
