// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/options.h"

namespace google::protobuf {
class Message;
}

namespace monoceros::ctl {

// A message as JSON (protobuf's mapping, names as in control.proto, nothing left out) or as YAML of
// the same structure. Ends with a newline. REQUIRES: `form` is not kTable.
std::string ShowMessage(const google::protobuf::Message& message, Form form);

// The same as one document of a stream: JSON on one line, YAML after "---".
std::string ShowDocument(const google::protobuf::Message& message, Form form);

}  // namespace monoceros::ctl
