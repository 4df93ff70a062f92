// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace monoceros::ctl {

// Numbers as people read them. All pure.

std::string ShowSeconds(double seconds);  // "0.4 ms", "85 ms", "1.25 s", "3 min 20 s", "2 d 4 h"
std::string ShowBytes(uint64_t bytes);    // "512 B", "13.5 MiB"; "-" for 0
std::string ShowPercent(double share);    // 0.625 -> "62 %"; small ones "0.4 %"
std::string ShowRate(double per_second);  // "0.3", "42", "12,345"
std::string ShowCount(uint64_t count);    // "12,345"

// Text of the application or of its clients, so that no terminal obeys it: control characters, but
// line ends and tabs, become "?".
std::string Harmless(const std::string& text);

// A table with a heading row: columns as wide as their widest cell, two blanks between; a column
// whose heading begins with '>' is aligned to the right. Ends with a newline.
std::string ShowTable(const std::vector<std::vector<std::string>>& rows);

// `text` as exactly `width` columns: cut with "…" or filled with blanks. Counts code points, not
// bytes, and leaves out control characters.
std::string Fit(const std::string& text, size_t width);
size_t Width(const std::string& text);

}  // namespace monoceros::ctl
