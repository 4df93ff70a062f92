// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_view.h"

#include <fmt/core.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>

#include "ctl/format.h"
#include "ctl/gil_text.h"
#include "ctl/status_text.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

using google::protobuf::util::TimeUtil;

constexpr double kSlowSeconds = 1;
constexpr size_t kBarWidth = 20;
constexpr size_t kWide = 100;  // columns

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(TimeUtil::DurationToNanoseconds(duration)) / 1e9;
}

// What a row shows of a worker.
struct Row {
  const v1::Worker* worker;
  double cpu = 0;  // share of one core
  double gil = 0;  // GIL wait, seconds per second over all threads
  double age = 0;  // of its oldest request, seconds
  std::string request;
};

Row MakeRow(const v1::Worker& worker, const v1::Worker* before, double seconds) {
  Row row{&worker};
  const bool same = before != nullptr && before->pid() == worker.pid() && seconds > 0;
  if (same) {
    row.cpu = std::max(0.0, worker.cpu_seconds() - before->cpu_seconds()) / seconds;
    row.gil = std::max(0.0, worker.gil_wait_seconds() - before->gil_wait_seconds()) / seconds;
  }
  for (const v1::Thread& thread : worker.threads()) {
    const double age = Seconds(thread.request_age());
    if (thread.request().empty() || age < row.age) continue;
    row.age = age;
    row.request = thread.request();
  }
  return row;
}

const v1::Worker* Find(const v1::Status& status, uint32_t slot) {
  const auto found = std::ranges::find(status.workers(), slot, &v1::Worker::slot);
  return found == status.workers().end() ? nullptr : &*found;
}

double KeyOf(const Row& row, char sort) {
  switch (sort) {
    case 'c':
      return -row.cpu;
    case 'g':
      return -row.gil;
    case 'a':
      return -row.age;
    case 'm':
      return -static_cast<double>(row.worker->rss_bytes());
    default:
      return row.worker->slot();
  }
}

std::vector<Row> MakeRows(const v1::Status& now, const v1::Status& before, char sort) {
  const double seconds = static_cast<double>(TimeUtil::TimestampToNanoseconds(now.at()) -
                                             TimeUtil::TimestampToNanoseconds(before.at())) /
                         1e9;
  std::vector<Row> rows;
  for (const v1::Worker& worker : now.workers()) {
    if (worker.state() == "exited") continue;
    rows.push_back(MakeRow(worker, Find(before, worker.slot()), seconds));
  }
  std::ranges::stable_sort(rows, {}, [sort](const Row& row) { return KeyOf(row, sort); });
  return rows;
}

std::string Bar(double share) {
  const auto full = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kBarWidth));
  return "[" + std::string(full, '|') + std::string(kBarWidth - full, ' ') + "]";
}

// What only wide terminals have room for.
std::string Wide(const TopView& view, const std::string& pid, const std::string& worker_class) {
  return view.width < kWide ? "" : fmt::format("{:<7} {:<7} ", pid, worker_class);
}

StyledLine ColumnHeading(const TopView& view) {
  return {fmt::format("{:>4} {}{:<8} {:<5} {:>5} {:>5} {:>9} {:>7} {}", "SLOT",
                      Wide(view, "PID", "CLASS"), "STATE", "BUSY", "CPU", "GIL", "MEMORY", "AGE",
                      "REQUEST"),
          Style::kHeading};
}

std::vector<StyledLine> Header(const v1::Status& now, const v1::Status& before,
                               const TopView& view) {
  const std::string split = ShowTimeSplit(now, &before);
  const std::string each = ShowAtOnce(now);
  return {
      {fmt::format("monoceros {}  {}  {}/{} workers{}  up {}  revision {} ({})", now.state(),
                   now.worker_class(), now.workers_ready(), now.workers_wanted(),
                   each.empty() ? "" : " x " + each, ShowSeconds(Seconds(now.uptime())),
                   now.live().revision(), now.live().state()),
       Style::kTitle},
      {fmt::format("slots {} {}/{}  queue {}  saturation {:.2f}  {} req/s  p95 {}",
                   Bar(now.slots() > 0 ? now.occupancy() : 0), now.busy(), now.slots(),
                   now.queued(), now.saturation(), ShowRate(now.requests_per_second()),
                   ShowSeconds(now.request_time().p95_seconds())),
       now.queued() > 0 ? Style::kAlarm : Style::kPlain},
      {"time  " + (split.empty() ? "no request since the last look" : split)},
      {},
      ColumnHeading(view),
  };
}

// What its request column says of a worker whose loop does not turn.
std::string Stalled(const v1::Worker& worker) {
  return worker.has_stalled() ? fmt::format("stalled {} ", ShowSeconds(Seconds(worker.stalled())))
                              : "";
}

StyledLine WorkerLine(const Row& row, const TopView& view) {
  const v1::Worker& worker = *row.worker;
  std::string text =
      fmt::format("{:>4} {}{:<8} {:<5} {:>5} {:>5} {:>9} {:>7} {}", worker.slot(),
                  Wide(view, std::to_string(worker.pid()), worker.worker_class()), worker.state(),
                  fmt::format("{}/{}", worker.busy(), worker.capacity()), ShowPercent(row.cpu),
                  GilText(worker, ShowPercent(row.gil)), ShowBytes(worker.rss_bytes()),
                  row.request.empty() ? "" : ShowSeconds(row.age), Stalled(worker) + row.request);
  if (worker.slot() == view.selected) return {std::move(text), Style::kSelected};
  const bool alarm = row.age >= kSlowSeconds || worker.has_stalled();
  return {std::move(text), alarm ? Style::kAlarm : Style::kPlain};
}

StyledLine ThreadLine(const v1::Worker& worker, const v1::Thread& thread) {
  const double age = Seconds(thread.request_age());
  const bool busy = !thread.request().empty();
  return {fmt::format("     thread {:<3} {:<8} {:>11} requests  CPU {:<8} GIL {:<8} {:>7} {}",
                      thread.index(), thread.state(), ShowCount(thread.requests()),
                      ShowSeconds(thread.cpu_seconds()),
                      GilText(worker, ShowSeconds(thread.gil_wait_seconds())),
                      busy ? ShowSeconds(age) : "", thread.request()),
          busy && age >= kSlowSeconds ? Style::kAlarm : Style::kDim};
}

std::vector<StyledLine> Help() {
  return {{"Keys", Style::kHeading},
          {"  up, down   choose a worker          s  stacks of the chosen worker"},
          {"  c g a m    sort by CPU, GIL wait, age of the request, memory; o  by slot"},
          {"  t          threads on and off       k  restart the chosen worker"},
          {"  + -        one worker more, less    r  reload the application"},
          {"  ?          this help                q  leave"},
          {},
          {"CPU is the share of one core; GIL the seconds a second that threads wait for it."}};
}

// Such that the selected worker is among the first `room` lines.
std::vector<StyledLine> Body(const v1::Status& now, const v1::Status& before, const TopView& view,
                             size_t room) {
  if (view.help) return Help();
  std::vector<StyledLine> lines;
  size_t selected = 0;
  for (const Row& row : MakeRows(now, before, view.sort)) {
    if (row.worker->slot() == view.selected) selected = lines.size();
    lines.push_back(WorkerLine(row, view));
    if (!view.threads) continue;
    for (const v1::Thread& thread : row.worker->threads()) {
      lines.push_back(ThreadLine(*row.worker, thread));
    }
  }
  const size_t above = selected < room ? 0 : selected - room + 1;
  lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(above));
  return lines;
}

}  // namespace

std::vector<StyledLine> RenderTop(const v1::Status& now, const v1::Status& before,
                                  const TopView& view) {
  std::vector<StyledLine> lines = Header(now, before, view);
  const size_t most = std::max<size_t>(view.height, 2) - 1;
  const size_t room = most > lines.size() ? most - lines.size() : 1;
  std::ranges::move(Body(now, before, view, room), std::back_inserter(lines));
  if (lines.size() > most) lines.resize(most);
  lines.push_back({view.message.empty()
                       ? "? help  q leave  t threads  c g a m sort  + - workers  r reload  s stacks"
                       : view.message,
                   Style::kDim});
  for (StyledLine& line : lines) {
    line.text = Fit(line.text, view.width);
    line.text.erase(line.text.find_last_not_of(' ') + 1);
  }
  return lines;
}

std::vector<uint32_t> SlotsInOrder(const v1::Status& now, const v1::Status& before,
                                   const TopView& view) {
  std::vector<uint32_t> slots;
  for (const Row& row : MakeRows(now, before, view.sort)) slots.push_back(row.worker->slot());
  return slots;
}

}  // namespace monoceros::ctl
