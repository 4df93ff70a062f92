// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace monoceros::config {

// Values as people write them; nothing when the text is not one. No sign, no spaces.

// Whole numbers in decimal.
std::optional<uint64_t> ParseInteger(std::string_view text);

// Bytes: "1048576", "64k", "64K", "64KiB", "1m", "1MiB", "1G", "1GiB" (powers of 1024, any case).
std::optional<uint64_t> ParseSize(std::string_view text);
// The shortest of these forms that is exact.
std::string FormatSize(uint64_t bytes);

// Seconds: "30", "1.5", "30s", "500ms", "2m", "1h". At most a year.
std::optional<double> ParseDuration(std::string_view text);
// Seconds as a plain number, for example "0.5".
std::string FormatDuration(double seconds);

// true/false, yes/no, y/n, on/off, 1/0, in any case.
std::optional<bool> ParseBool(std::string_view text);

std::string ToLower(std::string_view text);

}  // namespace monoceros::config
