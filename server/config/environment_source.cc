// SPDX-License-Identifier: Apache-2.0
#include "config/environment_source.h"

#include <fmt/core.h>

#include <regex>
#include <string>

#include "config/units.h"
#include "config/unknown_setting.h"

namespace monoceros::config {
namespace {

constexpr std::string_view kPrefix = "MONOCEROS_";
constexpr std::string_view kConfigVariable = "MONOCEROS_CONFIG";

// A Service called monoceros or monoceros-x puts such variables into every pod of its namespace.
bool IsServiceLink(const std::string& variable) {
  static const std::regex kLink(
      "MONOCEROS(_[A-Z0-9_]+)?(_SERVICE_HOST|_SERVICE_PORT(_[A-Z0-9_]+)?|_PORT"
      "|_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");
  return std::regex_match(variable, kLink);
}

Assignments ReadShared(const Environment& environment) {
  Assignments assignments;
  for (const Setting& setting : SettingsTable()) {
    if (setting.variable.empty()) continue;
    const std::string variable(setting.variable);
    const auto text = environment.Get(variable);
    if (!text) continue;
    assignments.push_back({&setting,
                           {std::string(setting.variable_prefix) + *text},
                           fmt::format("environment variable {}", variable)});
  }
  return assignments;
}

}  // namespace

base::Result<Assignments> ReadEnvironment(const Environment& environment) {
  Assignments assignments = ReadShared(environment);
  for (const auto& [variable, text] : environment.variables) {
    if (!variable.starts_with(kPrefix) || variable == kConfigVariable) continue;
    if (text.empty()) continue;
    const std::string name = ToLower(variable.substr(kPrefix.size()));
    const std::string source = "environment variable " + variable;
    const Setting* setting = FindSetting(name);
    if (setting != nullptr && variable == VariableOf(*setting)) {
      assignments.push_back({setting, {text}, source});
    } else if (!IsServiceLink(variable)) {
      return base::Fail(UnknownName(name, source));
    }
  }
  return assignments;
}

}  // namespace monoceros::config
