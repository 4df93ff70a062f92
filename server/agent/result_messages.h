// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace google::protobuf {
class Message;
}
namespace monoceros::control::v1 {
class Config;
class Stacks;
}  // namespace monoceros::control::v1

namespace monoceros::agent {

// The JSON result of an order as a message of control.proto. What the message does not know is left
// out; the error says that the text is no such result.
base::Result<void> FromResult(const std::string& json, control::v1::Config& config);
base::Result<void> FromResult(const std::string& json, control::v1::Stacks& stacks);

// A message as JSON with the names of control.proto; every field is there, but unset messages.
std::string PrintJson(const google::protobuf::Message& message);
// Reads a message from JSON, with the names of control.proto or their camel-case forms. Unknown
// fields are errors.
base::Result<void> ParseJson(const std::string& json, google::protobuf::Message& message);

}  // namespace monoceros::agent
