// SPDX-License-Identifier: Apache-2.0
#include "kube/watch_decoder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kube/response.h"

namespace monoceros::kube {
namespace {

using Type = WatchEvent::Type;

std::optional<Type> TypeOf(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, Type>, 4> kTypes{{
      {"ADDED", Type::kAdded},
      {"MODIFIED", Type::kModified},
      {"DELETED", Type::kDeleted},
      {"BOOKMARK", Type::kBookmark},
  }};
  for (const auto& [text, type] : kTypes) {
    if (text == name) return type;
  }
  return std::nullopt;
}

}  // namespace

Result<void> WatchDecoder::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (rest_.size() + part.size() > kMaxEvent) return Refuse("an event of more than 3 MiB");
    rest_ += part;
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(rest_, {});
    if (line.empty()) continue;
    if (Result<void> taken = Take(line); !taken) return taken;
  }
  return {};
}

Result<void> WatchDecoder::Take(std::string_view line) {
  Json event = Json::parse(line, nullptr, false);
  if (!event.is_object() || !event.contains("object")) return Refuse("an event that is no JSON");
  const std::string name = TextAt(event, "/type");
  if (name == "ERROR") return tl::make_unexpected(ErrorOf(event["object"], 500, what_));
  const std::optional<Type> type = TypeOf(name);
  if (!type) return Refuse("an event of unknown type '" + name + "'");
  each_({*type, std::make_shared<const Json>(std::move(event["object"]))});
  return {};
}

tl::unexpected<Error> WatchDecoder::Refuse(const std::string& why) const {
  Error error;
  error.message = what_ + ": the watch sent " + why;
  return tl::make_unexpected(std::move(error));
}

}  // namespace monoceros::kube
