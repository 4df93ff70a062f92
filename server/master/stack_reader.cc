// SPDX-License-Identifier: Apache-2.0
#include "master/stack_reader.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "master/installation.h"

namespace monoceros::master {
namespace {

using nlohmann::json;

constexpr base::Nanoseconds kPatience = 5 * base::kNanosecondsPerSecond;
constexpr base::Nanoseconds kTimeoutPatience = 2 * base::kNanosecondsPerSecond;
constexpr size_t kMaxRunning = 16;
constexpr size_t kMaxBytes = 4 << 20;

// What was read, completed by what only we know; nothing when it is no JSON object.
std::optional<std::string> Complete(const StackRequest& request, const std::string& output) {
  json stacks = json::parse(output, nullptr, /*allow_exceptions=*/false);
  if (!stacks.is_object()) return {};
  stacks["slot"] = request.slot;
  if (!stacks.contains("pid")) stacks["pid"] = request.pid;
  if (!stacks.contains("at")) stacks["at"] = base::ToSeconds(base::ReadClock(CLOCK_REALTIME));
  return stacks.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string Text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

void AppendThread(const json& thread, std::string& text) {
  const std::string request = Text(thread, "request");
  text += fmt::format("\n  Thread {} ({}){}{}", Text(thread, "name"), Text(thread, "state"),
                      request.empty() ? "" : ", request: ", request);
  const auto frames = thread.find("frames");
  if (frames == thread.end() || !frames->is_array()) return;
  for (const json& frame : *frames) {
    const auto line = frame.find("line");
    text += fmt::format("\n    {}:{} in {}", Text(frame, "file"),
                        line != frame.end() && line->is_number() ? line->get<int64_t>() : 0,
                        Text(frame, "function"));
  }
}

}  // namespace

std::string FormatStacks(const std::string& text) {
  const json stacks = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!stacks.is_object()) return "";
  std::string formatted = Text(stacks, "note");
  const auto threads = stacks.find("threads");
  if (threads == stacks.end() || !threads->is_array()) return formatted;
  for (const json& thread : *threads) AppendThread(thread, formatted);
  return formatted;
}

StackReader::StackReader(const MasterContext& context, const base::Fd& scoreboard)
    : context_(context), scoreboard_(scoreboard), program_(FindBeside("monoceros-stacks")) {}

void StackReader::Read(StackRequest request, base::Nanoseconds now) {
  if (program_.empty()) {
    return Answer({std::move(request),
                   {},
                   "failed_precondition",
                   "monoceros-stacks is not installed beside monoceros"});
  }
  if (running_.size() >= kMaxRunning) {
    return Answer({std::move(request),
                   {},
                   "failed_precondition",
                   "too many stacks are being read; try again later"});
  }
  const bool hurried = request.purpose == StackRequest::Purpose::kTimeout;
  const HelperProcess::Limits limits{now + (hurried ? kTimeoutPatience : kPatience), kMaxBytes};
  const std::string descriptor = std::to_string(scoreboard_.get());
  auto process =
      HelperProcess::Run(context_,
                         {program_, "--pid", std::to_string(request.pid), "--scoreboard-fd",
                          descriptor, "--slot", std::to_string(request.slot)},
                         {scoreboard_.get()}, limits);
  if (!process) {
    return Answer({std::move(request), {}, "failed_precondition", process.error().message});
  }
  running_.push_back({std::move(request), std::move(*process)});
}

void StackReader::Keep(base::Nanoseconds now) {
  for (Running& running : running_) {
    running.process->Keep(now);
    if (running.process->finished()) Finish(running);
  }
  std::erase_if(running_, [](const Running& running) { return running.process->finished(); });
}

void StackReader::Finish(Running& running) {
  if (running.process->timed_out()) {
    return Answer(
        {running.request, {}, "deadline_exceeded", "the stacks could not be read in time"});
  }
  auto stacks = Complete(running.request, running.process->output());
  if (stacks) return Answer({running.request, std::move(stacks), "", ""});
  Answer({running.request, {}, "failed_precondition", "monoceros-stacks gave no answer"});
}

void StackReader::Answer(StackAnswer answer) {
  const StackRequest& request = answer.request;
  const std::string text = answer.json ? FormatStacks(*answer.json) : answer.error;
  switch (request.purpose) {
    case StackRequest::Purpose::kOrder:
      order_answers_.push_back(std::move(answer));
      break;
    case StackRequest::Purpose::kTimeout:
      ready_to_abort_.push_back(request.incarnation);
      if (answer.json) last_timeouts_[request.slot] = *answer.json;
      context_.log.Warning("Stacks of the worker that timed out (pid:{}): {}", request.pid, text);
      break;
    case StackRequest::Purpose::kSlowRequest:
      context_.log.Warning("{}: {}", request.about, text);
      break;
  }
}

const std::string* StackReader::LastTimeout(uint32_t slot) const {
  const auto found = last_timeouts_.find(slot);
  return found == last_timeouts_.end() ? nullptr : &found->second;
}

base::Nanoseconds StackReader::NextDeadline(base::Nanoseconds otherwise) const {
  for (const Running& running : running_) {
    otherwise = std::min(otherwise, running.process->deadline());
  }
  return otherwise;
}

}  // namespace monoceros::master
