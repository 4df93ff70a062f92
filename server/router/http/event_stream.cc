// SPDX-License-Identifier: Apache-2.0
#include "router/http/event_stream.h"

#include <algorithm>

#include "router/http/characters.h"

namespace monoceros::router::http {
namespace {

constexpr size_t kTail = 3;

// A line ends with CR LF, LF or CR.
bool DropLineEnd(std::string_view& text) {
  if (text.empty() || (text.back() != '\n' && text.back() != '\r')) return false;
  text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  return true;
}

}  // namespace

bool IsEventStream(const channel::ResponseHead& head) {
  return std::ranges::any_of(head.fields, [](const channel::Field& field) {
    if (!EqualsIgnoringCase(field.name, "content-type")) return false;
    std::string_view type = field.value.substr(0, field.value.find(';'));
    type = type.substr(0, type.find_last_not_of(" \t") + 1);
    return EqualsIgnoringCase(type, "text/event-stream");
  });
}

void EventStream::Begin(const channel::ResponseHead& head) {
  Reset();
  const bool hidden = std::ranges::any_of(head.fields, [](const channel::Field& field) {
    return EqualsIgnoringCase(field.name, "content-encoding") &&
           !EqualsIgnoringCase(field.value, "identity");
  });
  followed_ = !hidden && IsEventStream(head);
}

void EventStream::Take(std::string_view bytes) {
  if (!followed_ || bytes.empty()) return;
  begun_ = true;
  tail_.append(bytes.substr(bytes.size() - std::min(bytes.size(), kTail)));
  if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
}

bool EventStream::BetweenEvents() const {
  if (!followed_ || !begun_) return followed_;
  std::string_view rest = tail_;
  return DropLineEnd(rest) && DropLineEnd(rest);
}

}  // namespace monoceros::router::http
