// SPDX-License-Identifier: Apache-2.0
#include "ctl/output.h"

#include <google/protobuf/util/json_util.h>
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

namespace monoceros::ctl {
namespace {

using Json = nlohmann::ordered_json;

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &text, options));
  return text;
}

void Emit(YAML::Emitter& out, const Json& value);

void EmitList(YAML::Emitter& out, const Json& list) {
  if (list.empty()) out << YAML::Flow;
  out << YAML::BeginSeq;
  for (const Json& item : list) Emit(out, item);
  out << YAML::EndSeq;
}

void EmitObject(YAML::Emitter& out, const Json& object) {
  if (object.empty()) out << YAML::Flow;
  out << YAML::BeginMap;
  for (const auto& [key, value] : object.items()) {
    out << YAML::Key << key << YAML::Value;
    Emit(out, value);
  }
  out << YAML::EndMap;
}

void Emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object()) return EmitObject(out, value);
  if (value.is_array()) return EmitList(out, value);
  if (value.is_string()) {
    out << YAML::DoubleQuoted << value.get<std::string>();
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string ShowDocument(const google::protobuf::Message& message, Form form) {
  if (form == Form::kJson) return Json::parse(ToJson(message)).dump() + "\n";
  return "---\n" + ShowMessage(message, form);
}

std::string ShowMessage(const google::protobuf::Message& message, Form form) {
  const Json json = Json::parse(ToJson(message));
  if (form == Form::kJson) return json.dump(2) + "\n";
  YAML::Emitter out;
  Emit(out, json);
  return std::string(out.c_str()) + "\n";
}

}  // namespace monoceros::ctl
