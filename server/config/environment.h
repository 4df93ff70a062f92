// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace monoceros::config {

// What the outside gives to the configuration, so that tests can give something else.
struct Environment {
  std::map<std::string, std::string> variables;
  std::filesystem::path directory = ".";  // relative paths and monoceros.yaml are looked up here
  std::filesystem::path root = "/";       // of /proc and /sys
  int affinity_cpus = 1;                  // CPUs this process may run on

  // The variable's value; nothing when it is unset or empty.
  std::optional<std::string> Get(const std::string& name) const;

  // The process's own.
  static Environment OfThisProcess();
};

}  // namespace monoceros::config
