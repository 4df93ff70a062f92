// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scoreboard/snapshot.h"

namespace monoceros::agent {

using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<prometheus::ClientMetric::Label>;

// One family under construction: Family(Type, name, help).Add(value, labels)... then Take.
class Family {
 public:
  Family(prometheus::MetricType type, std::string name, std::string help);

  // A sample of a counter or a gauge.
  Family& Add(double value, Labels labels = {});
  Family& Add(const scoreboard::HistogramCopy& histogram, Labels labels);
  prometheus::MetricFamily Take() { return std::move(family_); }

 private:
  prometheus::MetricFamily family_;
};

Family Counter(std::string name, std::string help);
Family Gauge(std::string name, std::string help);
Family Histogram(std::string name, std::string help);

double Seconds(uint64_t nanoseconds);

// The exemplars of one family, as OpenMetrics text after the '#': by metric, then by bucket; empty:
// none.
using ExemplarTexts = std::vector<std::vector<std::string>>;

// What an exposition consists of.
struct Exposition {
  Families families;
  std::map<std::string, ExemplarTexts> exemplars;  // by family
};

}  // namespace monoceros::agent
