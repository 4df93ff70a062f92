// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/metrics/app_metrics_file.h"
#include "agent/metrics/family.h"

namespace monoceros::agent {

// Adds up what the processes of an application counted, by prometheus_client's rules: counters,
// histograms and summaries are summed over all processes that ever ran; gauges are combined by
// their mode, which is part of the file's name.
class AppMetricsMerge {
 public:
  // Add the files of forked processes before those of the workers, which win for gauges of the
  // modes all and liveall (label `pid`: the worker slot, or "template"). False when a family of
  // the file has another type in an earlier file, or bears a name that is reserved for the server:
  // those entries are left out.
  bool Add(const AppMetricsName& name, const std::vector<AppMetricEntry>& entries);
  // In the order of names. Leaves nothing behind.
  Families Take();

 private:
  using LabelMap = std::map<std::string, std::string>;
  struct Sample {
    double value = 0;
    double time = 0;
    double count = 0;                  // of a summary
    std::map<double, double> buckets;  // by upper bound, not cumulated
    bool empty = true;
  };
  struct Merged {
    AppMetricType type = AppMetricType::kCounter;
    std::string mode;
    std::string help;
    std::map<LabelMap, Sample> samples;
  };
  bool AddEntry(const AppMetricsName& name, const AppMetricEntry& entry);
  static void AddGauge(Merged& merged, const AppMetricsName& name, const AppMetricEntry& entry);
  static void AddSum(Merged& merged, const AppMetricEntry& entry);
  static prometheus::MetricFamily Build(const std::string& name, const Merged& merged);

  std::map<std::string, Merged> families_;  // by the name that the text format shows
};

}  // namespace monoceros::agent
