// SPDX-License-Identifier: Apache-2.0
#include "stacks/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <tuple>

#include "scoreboard/snapshot.h"
#include "scoreboard/stamps.h"
#include "stacks/process.h"

namespace monoceros::stacks {
namespace {

using nlohmann::json;
using scoreboard::Scoreboard;
using scoreboard::ThreadCopy;

struct Worker {
  const Scoreboard& board;
  uint32_t slot;
  pid_t pid;
};

bool IsIn(const Worker& worker) {
  if (worker.slot >= worker.board.worker_rows()) return false;
  return worker.board.worker(worker.slot).pid.load(std::memory_order_relaxed) == worker.pid;
}

base::Result<MonocerosStackTable> FindTable(const ProcessMemory& memory, pid_t pid) {
  const base::Result<uint64_t> stamps = FindStamps(pid);
  if (!stamps) return tl::make_unexpected(stamps.error());
  if (const int error = memory.Refusal()) return base::Fail(ExplainRefusal(pid, error));
  const auto address =
      memory.ReadAs<uint64_t>(*stamps + offsetof(scoreboard::StampPage, stack_table)).value_or(0);
  if (address == 0) return base::Fail("the stacks of the worker's interpreter cannot be read");
  return ReadTable(memory, address);
}

// The row of the thread that has this id; one without an id when it serves no requests.
ThreadCopy FindRow(const Worker& worker, uint32_t native_id) {
  for (uint32_t thread = 0; thread < worker.board.threads_per_worker(); ++thread) {
    ThreadCopy row = scoreboard::ReadThread(worker.board, worker.slot, thread);
    if (row.native_id == native_id) return row;
  }
  return {};
}

std::string NameOf(const Worker& worker, uint32_t native_id, const ThreadCopy& row) {
  if (native_id == static_cast<uint32_t>(worker.pid)) return "MainThread";
  if (row.native_id != 0) return fmt::format("monoceros-thread-{}", row.index);
  return ThreadName(worker.pid, native_id);
}

std::string StateOf(const PythonThread& thread, const ThreadCopy& row) {
  if (thread.holds_gil) return "gil-holder";
  if (row.native_id == 0) return "other";
  if (row.gil_waiting_since != 0) return "gil-wait";
  return row.busy_since != 0 ? "running" : "idle";
}

ThreadReport Describe(const Worker& worker, PythonThread thread, const ThreadCopy& row) {
  ThreadReport report;
  report.native_id = thread.native_id;
  report.name = NameOf(worker, thread.native_id, row);
  report.state = StateOf(thread, row);
  if (row.busy_since != 0) {
    report.request = row.request_text;
    report.request_age = std::max<base::Nanoseconds>(0, base::MonotonicNow() - row.busy_since);
  }
  report.frames = std::move(thread.stack.frames);
  return report;
}

void AddNote(std::string& note, const std::string& sentence) {
  if (!note.empty()) note += "; ";
  note += sentence;
}

void AddNotes(const ThreadReport& thread, const Stack& stack, std::string& note) {
  if (stack.cut) {
    AddNote(note,
            fmt::format("{}: only the innermost {} frames", thread.name, thread.frames.size()));
  }
  if (stack.moving) {
    AddNote(note,
            fmt::format("{}: it ran while it was read, its frames may be of different moments",
                        thread.name));
  }
}

// The main thread first, then those that serve by their number.
void Sort(const Worker& worker, std::vector<std::pair<ThreadReport, uint32_t>>& threads) {
  const auto rank = [&worker](const auto& entry) {
    const bool main = entry.first.native_id == static_cast<uint32_t>(worker.pid);
    return std::tuple(!main, entry.second, entry.first.native_id);
  };
  std::ranges::sort(threads, {}, rank);
}

void ReadInto(const Worker& worker, Report& report) {
  const ProcessMemory memory(worker.pid);
  const auto table = FindTable(memory, worker.pid);
  if (!table) return AddNote(report.note, table.error().message);
  std::vector<std::pair<ThreadReport, uint32_t>> threads;
  for (PythonThread& thread : ReadThreads(memory, *table)) {
    const ThreadCopy row = FindRow(worker, thread.native_id);
    const uint32_t index = row.native_id == 0 ? UINT32_MAX : row.index;
    const Stack flags{{}, thread.stack.cut, thread.stack.moving};
    threads.emplace_back(Describe(worker, std::move(thread), row), index);
    AddNotes(threads.back().first, flags, report.note);
  }
  Sort(worker, threads);
  for (auto& [thread, index] : threads) report.threads.push_back(std::move(thread));
  if (report.threads.empty()) AddNote(report.note, "no thread could be read");
  if (IsStopped(worker.pid)) AddNote(report.note, "the process is stopped by a signal");
}

json ToObject(const ThreadReport& thread) {
  json frames = json::array();
  for (const Frame& frame : thread.frames) {
    frames.push_back({{"function", frame.function}, {"file", frame.file}, {"line", frame.line}});
  }
  return {{"native_id", thread.native_id}, {"name", thread.name},
          {"state", thread.state},         {"request", thread.request},
          {"frames", std::move(frames)},   {"request_age", base::ToSeconds(thread.request_age)}};
}

}  // namespace

Report MakeReport(const Scoreboard& board, uint32_t slot, pid_t pid) {
  Report report;
  report.slot = slot;
  report.pid = pid;
  report.at = base::ReadClock(CLOCK_REALTIME);
  const Worker worker{board, slot, pid};
  const std::string elsewhere = fmt::format("worker slot {} has no process {}", slot, pid);
  if (IsIn(worker)) ReadInto(worker, report);
  // Looked at before and after: the kernel may have given its number to another process.
  if (!IsIn(worker)) {
    report.threads.clear();
    report.note = elsewhere;
  }
  return report;
}

std::string ToJson(const Report& report) {
  json threads = json::array();
  for (const ThreadReport& thread : report.threads) threads.push_back(ToObject(thread));
  const json object = {{"slot", report.slot},           {"pid", report.pid},
                       {"source", "outside"},           {"at", base::ToSeconds(report.at)},
                       {"threads", std::move(threads)}, {"note", report.note}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace monoceros::stacks
