// SPDX-License-Identifier: Apache-2.0
#include "ctl/format.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace monoceros::ctl {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string Pair(uint64_t large, const char* unit, uint64_t small, const char* smaller) {
  return small == 0 ? fmt::format("{} {}", large, unit)
                    : fmt::format("{} {} {} {}", large, unit, small, smaller);
}

std::string Padded(const std::string& cell, size_t width, bool right) {
  const std::string blanks(width - std::min(width, Width(cell)), ' ');
  return right ? blanks + cell : cell + blanks;
}

}  // namespace

std::string ShowSeconds(double seconds) {
  if (!(seconds > 0)) return "0 s";
  if (seconds < 0.0095) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<uint64_t>(std::min(seconds, 1e15));
  if (whole < 3600) return Pair(whole / 60, "min", whole % 60, "s");
  if (whole < 86400) return Pair(whole / 3600, "h", whole / 60 % 60, "min");
  return Pair(whole / 86400, "d", whole / 3600 % 24, "h");
}

std::string ShowBytes(uint64_t bytes) {
  if (bytes == 0) return "-";
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes) / 1024;
  const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < std::size(units); ++unit) amount /= 1024;
  return fmt::format("{:.{}f} {}", amount, amount < 99.95 ? 1 : 0, units[unit]);
}

std::string ShowPercent(double share) {
  const double percent = std::isfinite(share) ? share * 100 : 0;
  if (percent > 0 && percent < 0.95) return fmt::format("{:.1f} %", percent);
  return fmt::format("{:.0f} %", percent);
}

std::string ShowRate(double per_second) {
  if (!std::isfinite(per_second) || per_second <= 0) return "0";
  if (per_second < 9.95) return fmt::format("{:.1f}", per_second);
  return ShowCount(static_cast<uint64_t>(std::llround(per_second)));
}

std::string ShowCount(uint64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string ShowTable(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return {};
  const size_t columns = rows.front().size();
  std::vector<size_t> widths(columns, 0);
  std::vector<bool> right(columns, false);
  std::vector<std::vector<std::string>> cells = rows;
  for (size_t i = 0; i < columns; ++i) {
    right[i] = cells[0][i].starts_with('>');
    if (right[i]) cells[0][i].erase(0, 1);
    for (const auto& row : cells) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (size_t i = 0; i < columns; ++i) {
      line += (i == 0 ? "" : "  ") + Padded(row[i], widths[i], right[i]);
    }
    text += line.erase(line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return !IsContinuation(c); }));
}

std::string Harmless(const std::string& text) {
  std::string clean;
  for (size_t i = 0; i < text.size(); ++i) {
    // U+0080 to U+009F are controls too, for some terminals.
    const bool late = text[i] == '\xC2' && i + 1 < text.size() && text[i + 1] < '\xA0';
    const bool harmful = late || (IsControl(text[i]) && text[i] != '\n' && text[i] != '\t');
    clean += harmful ? '?' : text[i];
    if (late) ++i;
  }
  return clean;
}

std::string Fit(const std::string& text, size_t width) {
  std::string clean;
  std::ranges::copy_if(text, std::back_inserter(clean), [](char c) { return !IsControl(c); });
  if (Width(clean) <= width) return Padded(clean, width, /*right=*/false);
  if (width == 0) return {};
  size_t end = 0;
  for (size_t seen = 0; end < clean.size(); ++end) {
    if (!IsContinuation(clean[end]) && ++seen == width) break;
  }
  return clean.substr(0, end) + "…";
}

}  // namespace monoceros::ctl
