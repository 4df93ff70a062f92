// SPDX-License-Identifier: Apache-2.0
#include "master/live_file.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "config/settings_json.h"

namespace monoceros::master {
namespace {

using base::Fail;
using base::Result;
using nlohmann::json;

constexpr base::Nanoseconds kLook = base::kNanosecondsPerSecond;
constexpr size_t kMaxBytes = 64 * 1024;

Result<json> Scalars(const YAML::Node& node, const std::string& where) {
  json fields = json::object();
  if (!node.IsMap()) return Fail(where + ": a mapping is expected");
  for (const auto& entry : node) {
    const std::string name = entry.first.Scalar();
    if (!entry.second.IsScalar()) {
      return Fail(fmt::format("{} line {}: {}: a value is expected", where,
                              entry.first.Mark().line + 1, name));
    }
    fields[name] = entry.second.Scalar();
  }
  return fields;
}

// The file as the fields of an `apply` order.
Result<json> ToFields(const YAML::Node& root, const std::string& name) {
  if (root.IsNull()) return json::object();
  if (!root.IsMap()) return Fail(name + ": a mapping is expected");
  json settings = json::object();
  YAML::Node plain(YAML::NodeType::Map);
  for (const auto& entry : root) {
    if (entry.first.Scalar() != "settings") {
      plain[entry.first] = entry.second;
      continue;
    }
    auto inner = Scalars(entry.second, name);
    if (!inner) return inner;
    settings = std::move(*inner);
  }
  auto fields = Scalars(plain, name);
  if (fields) (*fields)["settings"] = settings;
  return fields;
}

Result<void> CheckNames(const json& fields, const std::string& file) {
  for (const auto& [name, value] : fields.items()) {
    const bool known = name == "workers" || name == "threads" || name == "worker_class" ||
                       name == "settings" || name == "liveRevision";
    if (!known) {
      return Fail(
          fmt::format("{}: {}: only workers, threads, worker_class, settings and "
                      "liveRevision are allowed",
                      file, name));
    }
  }
  return {};
}

Result<uint64_t> Revision(const json& fields) {
  if (!fields.contains("liveRevision")) return 0;
  const json number = json::parse(fields["liveRevision"].get<std::string>(), nullptr, false);
  if (!number.is_number_unsigned()) return Fail("liveRevision: a whole number is expected");
  return number.get<uint64_t>();
}

Result<LiveFileContent> FromFields(const json& fields, const std::string& name) {
  if (auto known = CheckNames(fields, name); !known) return tl::make_unexpected(known.error());
  const auto revision = Revision(fields);
  if (!revision) return Fail(fmt::format("{}: {}", name, revision.error().message));
  auto change = ParseChange(fields);
  if (!change) return Fail(fmt::format("{}: {}", name, change.error().message));
  return LiveFileContent{std::move(*change), *revision};
}

}  // namespace

Result<LiveFileContent> ParseLiveFile(const std::string& text, const std::string& name) {
  try {
    const auto fields = ToFields(YAML::Load(text), name);
    if (!fields) return tl::make_unexpected(fields.error());
    return FromFields(*fields, name);
  } catch (const YAML::Exception& error) {
    return Fail(fmt::format("{} line {}: {}", name, error.mark.line + 1, error.msg));
  }
}

Standing Judge(const LiveFileContent& content, const LiveState& live) {
  const uint64_t held = live.values().revision;
  if (content.revision == 0 || content.revision > held) return Standing::kNewer;
  if (content.revision < held) return Standing::kOlder;
  // By effect: a file and an order may say the same in other words.
  const auto outcome = live.TryInstead(content.change, held, live.values().from_operator);
  const bool same = outcome && config::ToJson(outcome->settings) == config::ToJson(live.settings());
  return same ? Standing::kHolds : Standing::kConflict;
}

bool LiveFile::Changed() {
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) return false;
  const bool same = status.st_dev == device_ && status.st_ino == inode_ &&
                    status.st_size == size_ && status.st_mtim.tv_sec == modified_.tv_sec &&
                    status.st_mtim.tv_nsec == modified_.tv_nsec;
  device_ = status.st_dev;
  inode_ = status.st_ino;
  size_ = status.st_size;
  modified_ = status.st_mtim;
  return !same;
}

std::optional<Result<LiveFileContent>> LiveFile::Poll(base::Nanoseconds now) {
  if (path_.empty() || now < next_look_) return {};
  next_look_ = now + kLook;
  if (!Changed()) return {};
  auto text = ReadText();
  if (!text) return tl::make_unexpected(text.error());
  if (*text == std::exchange(last_text_, *text)) return {};
  return ParseLiveFile(*text, path_);
}

Result<std::string> LiveFile::ReadText() const {
  std::ifstream file(path_);
  std::string text(kMaxBytes, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const bool read = file.is_open() && !file.bad();
  if (!read) return Fail(fmt::format("{} cannot be read: {}", path_, ::strerror(errno)));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

}  // namespace monoceros::master
