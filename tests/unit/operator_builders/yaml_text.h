// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace monoceros::workerpool {

// A YAML file as JSON: plain scalars are numbers, booleans or null where they look so. Throws what
// yaml-cpp throws.
nlohmann::json ReadYamlFile(const std::string& path);
// Block style, keys in their order, texts plain where YAML takes them for texts: for golden files,
// the same whatever library reads YAML.
std::string ToYaml(const nlohmann::json& value);

// A whole file; empty when there is none.
std::string ReadText(const std::string& path);
void WriteText(const std::string& path, const std::string& text);

}  // namespace monoceros::workerpool
