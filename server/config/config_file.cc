// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.h"

#include <fmt/core.h>

#include <system_error>

#include "config/yaml_file.h"

namespace monoceros::config {
namespace {

constexpr const char* kOwnFile = "monoceros.yaml";
constexpr const char* kGunicornFile = "gunicorn.conf.py";
constexpr const char* kNoPython =
    "Python configuration files are not supported in this release (a later one will read them); "
    "write the settings into a YAML file: docs/settings.md";

bool Exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

base::Result<Assignments> ReadNamed(std::string name, const Environment& environment) {
  if (name.starts_with("python:") || name.ends_with(".py")) {
    return base::Fail(fmt::format("config: \"{}\": {}", name, kNoPython));
  }
  if (name.starts_with("file:")) name = name.substr(5);
  return ReadYamlFile(environment.directory / name, name);
}

}  // namespace

base::Result<Assignments> ReadConfigFile(const std::optional<std::string>& argument,
                                         const Environment& environment) {
  if (argument) return ReadNamed(*argument, environment);
  if (const auto variable = environment.Get("MONOCEROS_CONFIG")) {
    return ReadNamed(*variable, environment);
  }
  if (Exists(environment.directory / kOwnFile)) return ReadNamed(kOwnFile, environment);
  if (Exists(environment.directory / kGunicornFile)) {
    return base::Fail(
        fmt::format("{} is here, and Gunicorn would read it: {}; with {} beside it, "
                    "it is left alone",
                    kGunicornFile, kNoPython, kOwnFile));
  }
  return Assignments{};
}

}  // namespace monoceros::config
