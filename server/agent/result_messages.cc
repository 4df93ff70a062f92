// SPDX-License-Identifier: Apache-2.0
#include "agent/result_messages.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "agent/proto_time.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;
using nlohmann::json;

std::string Text(const json& fields, const char* name) {
  const auto field = fields.find(name);
  return field != fields.end() && field->is_string() ? field->get<std::string>() : "";
}

double Number(const json& fields, const char* name) {
  const auto field = fields.find(name);
  return field != fields.end() && field->is_number() ? field->get<double>() : 0;
}

const json& List(const json& fields, const char* name) {
  static const json kNone = json::array();
  const auto field = fields.find(name);
  return field != fields.end() && field->is_array() ? *field : kNone;
}

void ReadFrame(const json& fields, control::v1::StackFrame& frame) {
  frame.set_function(Text(fields, "function"));
  frame.set_file(Text(fields, "file"));
  frame.set_line(static_cast<uint32_t>(Number(fields, "line")));
}

void ReadThread(const json& fields, control::v1::ThreadStack& thread) {
  thread.set_native_id(static_cast<uint32_t>(Number(fields, "native_id")));
  thread.set_name(Text(fields, "name"));
  thread.set_state(Text(fields, "state"));
  thread.set_request(Text(fields, "request"));
  if (fields.contains("request_age")) {
    SetTime(base::FromSeconds(Number(fields, "request_age")), *thread.mutable_request_age());
  }
  for (const json& frame : List(fields, "frames")) {
    if (frame.is_object()) ReadFrame(frame, *thread.add_frames());
  }
}

Result<void> Outcome(const google::protobuf::util::Status& status) {
  if (status.ok()) return {};
  return Fail(std::string(status.message()));
}

}  // namespace

Result<void> FromResult(const std::string& text, control::v1::Config& config) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return Outcome(google::protobuf::util::JsonStringToMessage(text, &config, options));
}

Result<void> FromResult(const std::string& text, control::v1::Stacks& stacks) {
  const json fields = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!fields.is_object()) return Fail("the master's answer holds no stacks");
  stacks.set_slot(static_cast<uint32_t>(Number(fields, "slot")));
  stacks.set_pid(static_cast<int32_t>(Number(fields, "pid")));
  stacks.set_source(Text(fields, "source"));
  stacks.set_note(Text(fields, "note"));
  SetTime(base::FromSeconds(Number(fields, "at")), *stacks.mutable_at());
  for (const json& thread : List(fields, "threads")) {
    if (thread.is_object()) ReadThread(thread, *stacks.add_threads());
  }
  return {};
}

std::string PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  // Fails only for messages of unknown types (Any), of which we have none.
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "{}";
  return text;
}

Result<void> ParseJson(const std::string& text, google::protobuf::Message& message) {
  return Outcome(google::protobuf::util::JsonStringToMessage(text, &message));
}

}  // namespace monoceros::agent
