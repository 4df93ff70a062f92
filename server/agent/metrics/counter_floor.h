// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/metrics/family.h"

namespace monoceros::agent {

// Keeps counters from shrinking. A snapshot is copied while it changes, so a sum of it can be a
// little less than that of the snapshot before; Prometheus would take that for a restart and count
// everything again.
class CounterFloor {
 public:
  // Raises each counter and histogram of `families` to what it was the last time, if it is less.
  void Apply(Families& families);
  // Forgets all: another pool counts from 0.
  void Reset() { *this = CounterFloor(); }

 private:
  struct Floor {
    double value = 0;  // of a counter, or the sum of a histogram
    std::vector<uint64_t> buckets;
  };
  void Apply(const std::string& name, prometheus::ClientMetric& metric,
             prometheus::MetricType type);

  std::map<std::string, Floor> floors_;  // by name and labels
};

}  // namespace monoceros::agent
