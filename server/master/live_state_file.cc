// SPDX-License-Identifier: Apache-2.0
// The wanted state as JSON: live.json, and the orders that change it.
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/fd.h"
#include "config/settings_table.h"
#include "master/live_state.h"

namespace monoceros::master {
namespace {

using base::Fail;
using base::Result;
using nlohmann::json;

std::string ToText(const LiveValues& values) {
  const json text = {{"revision", values.revision},
                     {"from_operator", values.from_operator},
                     {"values", values.values}};
  return text.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

// A number or a text, as a file could hold it.
std::optional<std::string> ScalarText(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return {};
}

Result<void> ReadPoolField(const json& fields, const char* name, std::optional<std::string>& into) {
  const auto found = fields.find(name);
  if (found == fields.end()) return {};
  into = ScalarText(*found);
  if (!into) return Fail(fmt::format("{}: a number or a text is expected", name));
  return {};
}

Result<void> ReadSettings(const json& fields, std::map<std::string, std::string>& into) {
  const auto found = fields.find("settings");
  if (found == fields.end()) return {};
  if (!found->is_object()) return Fail("settings: an object of names and texts is expected");
  for (const auto& [name, value] : found->items()) {
    const auto text = ScalarText(value);
    if (!text) return Fail(fmt::format("settings: {}: a text is expected", name));
    if (!IsLive(name)) {
      const bool known = config::FindSetting(name) != nullptr;
      return Fail(fmt::format("settings: {}: {}", name,
                              known ? "cannot be changed while the server runs; set it in the "
                                      "configuration and restart"
                                    : "there is no such setting"));
    }
    into[name] = *text;
  }
  return {};
}

}  // namespace

Result<LiveChange> ParseChange(const json& fields) {
  LiveChange change;
  Result<void> read = ReadPoolField(fields, "workers", change.workers);
  if (read) read = ReadPoolField(fields, "threads", change.threads);
  if (read) read = ReadPoolField(fields, "worker_class", change.worker_class);
  if (read) read = ReadSettings(fields, change.settings);
  if (!read) return tl::make_unexpected(read.error());
  return change;
}

Result<void> LiveState::Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return {};
  const json text = json::parse(file, nullptr, /*allow_exceptions=*/false);
  LiveValues values;
  try {
    values.values = text.at("values").get<decltype(values.values)>();
    values.revision = text.at("revision");
    values.from_operator = text.value("from_operator", false);
  } catch (const json::exception&) {
    return Fail(fmt::format("{} is not what this server wrote; remove it", path));
  }
  auto settings = Merge(configured_, values);
  if (!settings) {
    return Fail(
        fmt::format("{} does not fit the configuration: {}", path, settings.error().message));
  }
  Adopt({std::move(*settings), std::move(values)});
  return {};
}

Result<void> LiveState::Save(const std::string& path) const {
  const std::string next = path + ".new";
  const std::string text = ToText(values_);
  base::Fd file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  const bool written =
      file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (written && ::rename(next.c_str(), path.c_str()) == 0) return {};
  return Fail(fmt::format("cannot write {}: {}", path, ::strerror(errno)));
}

}  // namespace monoceros::master
