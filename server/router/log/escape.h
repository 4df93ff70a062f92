// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace monoceros::router {

// Appends `text` so that it cannot end its line or its quotes: " and \ get a backslash, all bytes
// outside printable ASCII become \xHH.
void AppendEscaped(std::string_view text, std::string& out);

// Appends `text` as a JSON string with its quotes. Bytes above ASCII are taken as Latin-1, as PEP
// 3333 takes them, so that any input is valid JSON and nothing is lost.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace monoceros::router
