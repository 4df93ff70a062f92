// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/app_metrics.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "agent/metrics/app_metrics_file.h"
#include "agent/metrics/app_metrics_merge.h"
#include "base/fd.h"

namespace monoceros::agent {

namespace {

using scoreboard::WorkerState;

// Whole, or nothing when it is not a regular file of a sane size. It may grow meanwhile; what it
// says it uses is there before it says so.
std::optional<std::string> ReadFile(const std::string& path) {
  const base::Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return "";  // removed meanwhile
  struct stat status;
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (static_cast<uint64_t>(status.st_size) > kGreatestAppMetricsFile) return {};
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got =
        ::pread(file.get(), bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (got <= 0) break;
    at += static_cast<size_t>(got);
  }
  bytes.resize(at);
  return bytes;
}

// Files of forked processes first: see AppMetricsMerge::Add.
std::vector<std::string> FindFiles(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    std::string name = entries->path().filename();
    if (name.ends_with(".db")) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end(), [](const std::string& left, const std::string& right) {
    const bool left_own = left.find('-') == left.npos, right_own = right.find('-') == right.npos;
    return std::tie(left_own, left) < std::tie(right_own, right);
  });
  return names;
}

std::set<uint32_t> LiveSlots(const scoreboard::Snapshot& now) {
  std::set<uint32_t> slots;
  for (const scoreboard::WorkerCopy& worker : now.workers) {
    if (worker.state != WorkerState::kEmpty && worker.state != WorkerState::kExited) {
      slots.insert(worker.slot);
    }
  }
  return slots;
}

// Whether the file was understood.
bool Merge(const std::string& directory, const std::string& file, const std::set<uint32_t>& live,
           AppMetricsMerge& merge) {
  const std::optional<AppMetricsName> name = ParseAppMetricsName(file);
  if (!name) return false;
  if (name->mode.starts_with("live") && name->slot && !live.contains(*name->slot)) return true;
  const std::optional<std::string> bytes = ReadFile(directory + "/" + file);
  if (!bytes) return false;
  const auto entries = ParseAppMetrics(*bytes, name->type);
  return entries && merge.Add(*name, *entries);
}

}  // namespace

void AddAppMetrics(const std::string& directory, const scoreboard::Snapshot& now,
                   Families& families) {
  AppMetricsMerge merge;
  uint64_t skipped = 0;
  if (!directory.empty()) {
    const std::set<uint32_t> live = LiveSlots(now);
    for (const std::string& file : FindFiles(directory)) {
      if (!Merge(directory, file, live, merge)) ++skipped;
    }
  }
  families.push_back(Gauge("monoceros_app_metrics_skipped_files",
                           "Files of the application's metrics that are not understood.")
                         .Add(static_cast<double>(skipped))
                         .Take());
  for (prometheus::MetricFamily& family : merge.Take()) families.push_back(std::move(family));
}

}  // namespace monoceros::agent
