// SPDX-License-Identifier: Apache-2.0
#include "yaml_text.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <utility>

namespace monoceros::workerpool {
namespace {

using nlohmann::json;

json FromScalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  static const std::regex kPlain("-?[0-9]+|true|false|null");
  return std::regex_match(text, kPlain) ? json::parse(text) : json(text);
}

json FromNode(const YAML::Node& node) {
  if (node.IsScalar()) return FromScalar(node);
  if (node.IsNull()) return nullptr;
  json value = node.IsSequence() ? json::array() : json::object();
  for (const auto& entry : node) {
    if (node.IsSequence()) {
      value.push_back(FromNode(entry));
    } else {
      value[entry.first.Scalar()] = FromNode(entry.second);
    }
  }
  return value;
}

std::string ScalarText(const json& value) {
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  static const std::regex kPlain("(--)?[A-Za-z/][-A-Za-z0-9_./:]*[A-Za-z0-9]|[A-Za-z]");
  static const std::regex kOther("true|false|null|yes|no|on|off|y|n", std::regex::icase);
  const bool plain = std::regex_match(text, kPlain) && !std::regex_match(text, kOther);
  return plain ? text : value.dump();
}

std::string Block(const std::string& text, const std::string& indent) {
  std::string block = " |\n";
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    block += indent + text.substr(at, text.find('\n', at) + 1 - at);
  }
  return block;
}

void Write(const json& value, const std::string& indent, bool first_inline, std::string& into);

void WriteMember(const json& value, const std::string& indent, std::string& into) {
  const bool structured = value.is_structured() && !value.empty();
  if (value.is_string() && value.get_ref<const std::string&>().ends_with('\n')) {
    into += Block(value, indent + "  ");
  } else if (!structured) {
    into += " " + ScalarText(value) + "\n";
  } else {
    into += "\n";
    Write(value, value.is_array() ? indent : indent + "  ", false, into);
  }
}

// `first_inline`: the first line goes on after a "- ".
void Write(const json& value, const std::string& indent, bool first_inline, std::string& into) {
  for (const auto& item : value.items()) {
    if (!std::exchange(first_inline, false)) into += indent;
    if (value.is_object()) {
      into += ScalarText(item.key()) + ":";
      WriteMember(item.value(), indent, into);
    } else if (item.value().is_structured() && !item.value().empty()) {
      into += "- ";
      Write(item.value(), indent + "  ", true, into);
    } else {
      into += "- " + ScalarText(item.value()) + "\n";
    }
  }
}

}  // namespace

json ReadYamlFile(const std::string& path) { return FromNode(YAML::LoadFile(path)); }

std::string ToYaml(const json& value) {
  std::string text;
  Write(value, "", false, text);
  return text;
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

}  // namespace monoceros::workerpool
