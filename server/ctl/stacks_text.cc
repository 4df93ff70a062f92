// SPDX-License-Identifier: Apache-2.0
#include "ctl/stacks_text.h"

#include <fmt/core.h>
#include <google/protobuf/util/time_util.h>

#include "ctl/format.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

namespace v1 = control::v1;
using google::protobuf::util::TimeUtil;

std::string ShowThread(const v1::ThreadStack& thread) {
  std::string text =
      fmt::format("Thread {} ({}), {}", thread.name(), thread.native_id(), thread.state());
  if (!thread.request().empty()) {
    const auto age = static_cast<double>(TimeUtil::DurationToMilliseconds(thread.request_age()));
    text += fmt::format(", {} for {}", thread.request(), ShowSeconds(age / 1e3));
  }
  text += '\n';
  for (const v1::StackFrame& frame : thread.frames()) {
    text += fmt::format("    {}  ({}:{})\n", frame.function(), frame.file(), frame.line());
  }
  return text;
}

}  // namespace

std::string ShowStacks(const v1::Stacks& stacks) {
  std::string text = fmt::format("Worker slot {}, pid {}, at {}\n", stacks.slot(), stacks.pid(),
                                 TimeUtil::ToString(stacks.at()));
  if (!stacks.note().empty()) text += stacks.note() + "\n";
  for (const v1::ThreadStack& thread : stacks.threads()) text += "\n" + ShowThread(thread);
  return Harmless(text);
}

}  // namespace monoceros::ctl
