// SPDX-License-Identifier: Apache-2.0
#include "router/http/event_stream.h"

#include <strings.h>

#include <algorithm>

namespace monoceros::router::http {
namespace {

constexpr size_t kTail = 3;

bool EqualsIgnoringCase(std::string_view text, std::string_view other) {
  return text.size() == other.size() && ::strncasecmp(text.data(), other.data(), text.size()) == 0;
}

bool IsEventStream(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  const size_t end = type.find_last_not_of(" \t");
  type = type.substr(0, end == std::string_view::npos ? 0 : end + 1);
  return EqualsIgnoringCase(type, "text/event-stream");
}

// A line ends with CR LF, LF or CR.
bool DropLineEnd(std::string_view& text) {
  if (text.empty() || (text.back() != '\n' && text.back() != '\r')) return false;
  text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  return true;
}

}  // namespace

void EventStream::Begin(const channel::ResponseHead& head) {
  Reset();
  for (const channel::Field& field : head.fields) {
    if (EqualsIgnoringCase(field.name, "content-type")) followed_ = IsEventStream(field.value);
  }
  for (const channel::Field& field : head.fields) {
    if (EqualsIgnoringCase(field.name, "content-encoding")) {
      followed_ = followed_ && EqualsIgnoringCase(field.value, "identity");
    }
  }
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
