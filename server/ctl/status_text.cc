// SPDX-License-Identifier: Apache-2.0
#include "ctl/status_text.h"

#include <fmt/core.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ctl/format.h"
#include "ctl/gil_text.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kGilWait = "GIL wait";

std::string Line(const char* name, const std::string& value) {
  return fmt::format("{:<12}{}\n", name, value);
}

std::string Pool(const v1::Status& status) {
  const std::string each = ShowAtOnce(status);
  return fmt::format("{}, {} of {} workers ready{}", status.worker_class(), status.workers_ready(),
                     status.workers_wanted(), each.empty() ? "" : ", " + each + " each");
}

std::string State(const v1::Status& status) {
  std::string text = status.state();
  for (int i = 0; i < status.reasons_size(); ++i) {
    text += (i == 0 ? ": " : "; ") + status.reasons(i);
  }
  return text;
}

std::string Restarts(const v1::Status& status) {
  std::string text;
  for (const auto& [reason, count] : status.restarts()) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count);
  }
  return text.empty() ? "none" : text;
}

std::string Live(const v1::Status& status) {
  const v1::LiveStatus& live = status.live();
  std::string text = fmt::format("revision {}, {}", live.revision(), live.state());
  return live.message().empty() ? text : text + ": " + live.message();
}

std::string Load(const v1::Status& status) {
  return fmt::format("{} of {} slots busy, {} queued, saturation {:.2f}, occupancy {}",
                     status.busy(), status.slots(), status.queued(), status.saturation(),
                     ShowPercent(status.occupancy()));
}

std::string Requests(const v1::Status& status) {
  const v1::Quantiles& time = status.request_time();
  return fmt::format("{} a second; p50 {}, p95 {}, p99 {}", ShowRate(status.requests_per_second()),
                     ShowSeconds(time.p50_seconds()), ShowSeconds(time.p95_seconds()),
                     ShowSeconds(time.p99_seconds()));
}

std::string Gil(const v1::Status& status) {
  if (!HasGil(status)) return "not applicable: this Python has none";
  return fmt::format("{} of the busy time waits for it now; utilisation {}",
                     ShowPercent(status.gil_wait_ratio()), ShowPercent(status.gil_utilisation()));
}

std::string Totals(const v1::Status& status) {
  return fmt::format("{} requests, {} with 5xx, {} shed, {} workers timed out",
                     ShowCount(status.requests()), ShowCount(status.responses_5xx()),
                     ShowCount(status.shed()), ShowCount(status.timeouts()));
}

}  // namespace

std::string ShowAtOnce(const v1::Status& status) {
  const bool threads = status.worker_class() == "sync" || status.worker_class() == "gthread";
  if (!threads && status.workers_ready() == 0) return {};
  const uint32_t count =
      threads ? status.threads_wanted() : status.slots() / status.workers_ready();
  return fmt::format("{} {}{}", count, threads ? "thread" : "connection", count == 1 ? "" : "s");
}

std::string ShowTimeSplit(const v1::Status& status, const v1::Status* since) {
  const v1::TimeSplit& now = status.time();
  const v1::TimeSplit& before =
      since == nullptr ? v1::TimeSplit::default_instance() : since->time();
  const std::array<std::pair<std::string_view, double>, 6> parts = {{
      {"queue", now.queue_seconds() - before.queue_seconds()},
      {kGilWait, now.gil_wait_seconds() - before.gil_wait_seconds()},
      {"CPU", now.cpu_seconds() - before.cpu_seconds()},
      {"run-queue", now.run_queue_seconds() - before.run_queue_seconds()},
      {"other wait", now.other_seconds() - before.other_seconds()},
      {"write", now.write_seconds() - before.write_seconds()},
  }};
  double sum = 0;
  for (const auto& [name, seconds] : parts) sum += std::max(0.0, seconds);
  if (!(sum > 0)) return {};
  std::string text;
  for (const auto& [name, seconds] : parts) {
    if (name == kGilWait && !HasGil(status)) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
                        ShowPercent(std::max(0.0, seconds) / sum));
  }
  return text;
}

std::string ShowStatus(const v1::Status& status) {
  const std::string split = ShowTimeSplit(status, nullptr);
  return Line("State", State(status)) + Line("Pool", Pool(status)) + Line("Load", Load(status)) +
         Line("Requests", Requests(status)) +
         Line("Time", split.empty() ? "no request yet" : split) + Line("GIL", Gil(status)) +
         Line("Since start", Totals(status)) + Line("Restarts", Restarts(status)) +
         Line("Memory", fmt::format("{} RSS, {} PSS of all processes",
                                    ShowBytes(status.rss_bytes()), ShowBytes(status.pss_bytes()))) +
         Line("Live", Live(status)) +
         Line("Up", fmt::format("{}, generation {}, {} reloads, {} failed",
                                ShowSeconds(static_cast<double>(
                                                TimeUtil::DurationToMilliseconds(status.uptime())) /
                                            1e3),
                                status.generation(), status.reloads_ok(), status.reloads_failed()));
}

std::string StatusLineHeading() {
  return "TIME      STATE     READY   BUSY    QUEUED  REQ/S      P95        GIL WAIT  SATURATION\n";
}

std::string ShowStatusLine(const v1::Status& status) {
  const std::string time = TimeUtil::ToString(status.at()).substr(11, 8);
  return fmt::format(
      "{:<9} {:<9} {:<7} {:<7} {:<7} {:<10} {:<10} {:<9} {:.2f}\n", time, status.state(),
      fmt::format("{}/{}", status.workers_ready(), status.workers_wanted()),
      fmt::format("{}/{}", status.busy(), status.slots()), status.queued(),
      ShowRate(status.requests_per_second()), ShowSeconds(status.request_time().p95_seconds()),
      GilText(status, ShowPercent(status.gil_wait_ratio())), status.saturation());
}

}  // namespace monoceros::ctl
