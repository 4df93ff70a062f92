// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monoceros::agent {

// The files in which prometheus_client keeps the values of one process (its multiprocess mode):
// int32 bytes used, 4 bytes of padding, then entries of
//   int32 length, the key as JSON, 1 to 8 spaces up to a multiple of 8, double value,
//   double time (seconds since the epoch; not in versions before 0.17)
// in the machine's byte order. The application writes them while we read, and may write anything.

enum class AppMetricType { kCounter, kGauge, kHistogram, kSummary };

// What a file is for, as its name says: TYPE_IDENTITY.db, or gauge_MODE_IDENTITY.db.
struct AppMetricsName {
  AppMetricType type = AppMetricType::kCounter;
  std::string mode;  // of a gauge: "all", "livesum", ...
  // Who writes it: a worker slot, a process that a worker forked, or the template.
  std::optional<uint32_t> slot;  // none: the template
  bool forked = false;
};
// Nothing: not a name that our processes make.
std::optional<AppMetricsName> ParseAppMetricsName(std::string_view file_name);

struct AppMetricEntry {
  std::string family;  // the metric's own name
  std::string sample;  // with the suffix, for example _total
  std::map<std::string, std::string> labels;
  std::string help;
  double value = 0;
  double time = 0;  // 0: not known
};
// Nothing: not the layout above, or names that Prometheus does not allow.
std::optional<std::vector<AppMetricEntry>> ParseAppMetrics(std::string_view file,
                                                           AppMetricType type);

// Greater files are not read.
inline constexpr size_t kGreatestAppMetricsFile = 64 << 20;

}  // namespace monoceros::agent
