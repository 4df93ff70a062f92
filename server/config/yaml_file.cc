// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_file.h"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "config/unknown_setting.h"

namespace monoceros::config {
namespace {

using base::Fail;
using base::Result;

Result<std::vector<std::string>> Texts(const YAML::Node& node) {
  if (node.IsScalar()) return std::vector<std::string>{node.Scalar()};
  if (!node.IsSequence()) return Fail("a value or a list of values is missing");
  std::vector<std::string> texts;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return Fail("a list may hold only plain values");
    texts.push_back(item.Scalar());
  }
  return texts;
}

Result<Assignment> ReadEntry(const YAML::Node& key, const YAML::Node& value,
                             const std::string& file) {
  const std::string where = fmt::format("{} line {}", file, key.Mark().line + 1);
  if (!key.IsScalar()) return Fail(where + ": the name of a setting must be a plain word");
  const Setting* setting = FindSetting(key.Scalar());
  if (setting == nullptr) return Fail(UnknownName(key.Scalar(), where));
  Result<std::vector<std::string>> texts = Texts(value);
  if (!texts) return Fail(fmt::format("{}: {}: {}", where, key.Scalar(), texts.error().message));
  return Assignment{setting, std::move(*texts), where};
}

Result<Assignments> ReadMapping(const YAML::Node& root, const std::string& file) {
  if (root.IsNull()) return Assignments{};
  if (!root.IsMap()) return Fail(file + ": a mapping of settings to values is expected");
  Assignments assignments;
  std::set<const Setting*> seen;
  for (const auto& entry : root) {
    Result<Assignment> assignment = ReadEntry(entry.first, entry.second, file);
    if (!assignment) return tl::make_unexpected(assignment.error());
    if (!seen.insert(assignment->setting).second) {
      return Fail(
          fmt::format("{}: {} is given twice", assignment->source, assignment->setting->name));
    }
    assignments.push_back(std::move(*assignment));
  }
  return assignments;
}

}  // namespace

Result<Assignments> ReadYamlFile(const std::filesystem::path& path, const std::string& name) {
  std::ifstream file(path);
  std::ostringstream text;
  // Reading is what fails for a directory; opening one succeeds.
  if (!file || (file.peek() == std::ifstream::traits_type::eof() && file.bad())) {
    return Fail(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
  }
  text << file.rdbuf();
  try {
    return ReadMapping(YAML::Load(text.str()), name);
  } catch (const YAML::Exception& error) {
    return Fail(fmt::format("{} line {}: {}", name, error.mark.line + 1, error.msg));
  }
}

}  // namespace monoceros::config
