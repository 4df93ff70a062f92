// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/statsd_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/clock.h"

namespace monoceros::agent {

namespace {

using scoreboard::HistogramCopy;
using scoreboard::Snapshot;
using scoreboard::WorkerState;

// Fits an Ethernet frame with IPv6 and UDP heads.
constexpr size_t kDatagramBytes = 1432;
constexpr std::array kStatusNames = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

class Lines {
 public:
  explicit Lines(const StatsdOptions& options) : prefix_(options.prefix) {
    while (prefix_.ends_with('.')) prefix_.pop_back();
    if (!prefix_.empty()) prefix_ += '.';
    if (!options.tags.empty()) tags_ = "|#" + options.tags;
  }

  // `rest`: after the colon.
  void Add(std::string_view name, const std::string& rest) {
    lines_.push_back(fmt::format("{}{}:{}{}", prefix_, name, rest, tags_));
  }
  // Gunicorn's form of a counter, with its sample rate.
  void Count(std::string_view name, uint64_t before, uint64_t now) {
    if (now > before) Add(name, fmt::format("{}|c|@1.0", now - before));
  }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  std::string prefix_;
  std::string tags_;
  std::vector<std::string> lines_;
};

uint64_t Workers(const Snapshot& now) {
  return static_cast<uint64_t>(
      std::count_if(now.workers.begin(), now.workers.end(), [](const auto& worker) {
        return worker.state != WorkerState::kEmpty && worker.state != WorkerState::kExited;
      }));
}

// All status classes together.
HistogramCopy ApplicationTime(const Snapshot& now) {
  HistogramCopy sum;
  const auto first = static_cast<size_t>(scoreboard::PoolHistogram::kApplication);
  for (size_t index = first; index < first + scoreboard::kStatusClasses; ++index) {
    const HistogramCopy& part = now.router.histograms[index];
    for (size_t bucket = 0; bucket < part.counts.size(); ++bucket) {
      sum.counts[bucket] += part.counts[bucket];
    }
    sum.sum_nanoseconds += part.sum_nanoseconds;
  }
  return sum;
}

uint64_t Growth(uint64_t before, uint64_t now) { return now > before ? now - before : 0; }

double LowerBound(size_t bucket) {
  return bucket == 0 ? 0 : static_cast<double>(scoreboard::kBucketBounds[bucket - 1]);
}

double Width(size_t bucket) {
  const double low = LowerBound(bucket);
  const bool last = bucket + 1 == scoreboard::kBuckets;
  return last ? low : static_cast<double>(scoreboard::kBucketBounds[bucket]) - low;
}

// At which part of each bucket the values lie, if it is the same part of all.
double PlaceInBuckets(const std::array<uint64_t, scoreboard::kBuckets>& counts, double sum) {
  double low = 0, width = 0;
  for (size_t bucket = 0; bucket < counts.size(); ++bucket) {
    low += LowerBound(bucket) * static_cast<double>(counts[bucket]);
    width += Width(bucket) * static_cast<double>(counts[bucket]);
  }
  return width > 0 ? std::clamp((sum - low) / width, 0.0, 1.0) : 0;
}

void AddDurations(const Snapshot& before, const Snapshot& now, Lines& lines) {
  const HistogramCopy earlier = ApplicationTime(before), later = ApplicationTime(now);
  std::array<uint64_t, scoreboard::kBuckets> counts{};
  for (size_t bucket = 0; bucket < counts.size(); ++bucket) {
    counts[bucket] = Growth(earlier.counts[bucket], later.counts[bucket]);
  }
  const double place = PlaceInBuckets(
      counts, static_cast<double>(Growth(earlier.sum_nanoseconds, later.sum_nanoseconds)));
  for (size_t bucket = 0; bucket < counts.size(); ++bucket) {
    if (counts[bucket] == 0) continue;
    const double milliseconds = (LowerBound(bucket) + place * Width(bucket)) / 1e6;
    const double rate = 1.0 / static_cast<double>(counts[bucket]);
    lines.Add("gunicorn.request.duration", fmt::format("{:.6f}|ms|@{:.12g}", milliseconds, rate));
  }
}

void AddGrowth(const Snapshot& before, const Snapshot& now, Lines& lines) {
  lines.Count("gunicorn.requests", before.router.requests, now.router.requests);
  for (size_t index = 0; index < kStatusNames.size(); ++index) {
    lines.Count(fmt::format("gunicorn.request.status.{}", kStatusNames[index]),
                before.router.responses_by_class[index], now.router.responses_by_class[index]);
  }
  AddDurations(before, now, lines);
}

}  // namespace

std::vector<std::string> StatsdLines(const Snapshot* before, const Snapshot& now,
                                     const StatsdOptions& options) {
  Lines lines(options);
  lines.Add("gunicorn.workers", fmt::format("{}|g", Workers(now)));
  if (options.backlog) lines.Add("gunicorn.backlog", fmt::format("{}|h", now.router.backlog));
  if (before != nullptr && before->header.master_started_at == now.header.master_started_at) {
    AddGrowth(*before, now, lines);
  }
  return lines.Take();
}

std::vector<std::string> PackDatagrams(const std::vector<std::string>& lines) {
  std::vector<std::string> datagrams;
  for (const std::string& line : lines) {
    if (datagrams.empty() || datagrams.back().size() + 1 + line.size() > kDatagramBytes) {
      datagrams.push_back(line);
    } else {
      datagrams.back().append("\n").append(line);
    }
  }
  return datagrams;
}

}  // namespace monoceros::agent
