// SPDX-License-Identifier: Apache-2.0
#include "config/units.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

namespace monoceros::config {
namespace {

constexpr double kYear = 366 * 24 * 3600.0;

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr std::array<Unit, 5> kDurationUnits = {
    {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"h", 3600}}};

// The power of 1024 that a size's suffix stands for.
std::optional<int> SizeShift(std::string_view suffix) {
  if (suffix.empty()) return 0;
  const std::string lower = ToLower(suffix);
  if (lower.size() != 1 && lower.substr(1) != "ib") return std::nullopt;
  const size_t power = std::string_view("kmgt").find(lower[0]);
  if (power == std::string_view::npos) return std::nullopt;
  return static_cast<int>(power + 1) * 10;
}

}  // namespace

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::optional<uint64_t> ParseInteger(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<uint64_t> number = ParseInteger(text.substr(0, digits));
  const std::optional<int> shift = SizeShift(text.substr(digits));
  if (!number || !shift || *number > std::numeric_limits<uint64_t>::max() >> *shift) {
    return std::nullopt;
  }
  return *number << *shift;
}

std::string FormatSize(uint64_t bytes) {
  static constexpr std::array<const char*, 4> kSuffixes = {"", "KiB", "MiB", "GiB"};
  size_t power = 0;
  while (bytes > 0 && bytes % 1024 == 0 && power + 1 < kSuffixes.size()) {
    bytes /= 1024;
    ++power;
  }
  return fmt::format("{}{}", bytes, kSuffixes[power]);
}

std::optional<double> ParseDuration(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const char* const begin = text.data();
  const auto [end, error] =
      std::from_chars(begin, begin + digits, number, std::chars_format::fixed);
  if (error != std::errc() || end != begin + digits) return std::nullopt;
  const std::string suffix = ToLower(text.substr(digits));
  for (const Unit& unit : kDurationUnits) {
    if (suffix == unit.name && number * unit.seconds <= kYear) return number * unit.seconds;
  }
  return std::nullopt;
}

std::string FormatDuration(double seconds) { return fmt::format("{}", seconds); }

std::optional<bool> ParseBool(std::string_view text) {
  const std::string lower = ToLower(text);
  for (const char* yes : {"true", "yes", "y", "on", "1"}) {
    if (lower == yes) return true;
  }
  for (const char* no : {"false", "no", "n", "off", "0"}) {
    if (lower == no) return false;
  }
  return std::nullopt;
}

}  // namespace monoceros::config
