// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>
#include <string_view>

#include "agent/metrics/renderer.h"

namespace monoceros::agent {

namespace {

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Cuts `text` at the first `separator`; `text` becomes what follows.
std::string_view TakePart(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view part = Trim(text.substr(0, end));
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

bool SameText(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

double Weight(std::string_view parameters) {
  double weight = 1;
  while (!parameters.empty()) {
    std::string_view value = TakePart(parameters, ';');
    const std::string_view name = TakePart(value, '=');
    if (SameText(name, "q")) std::from_chars(value.data(), value.data() + value.size(), weight);
  }
  return weight;
}

bool IsText(std::string_view type) {
  return SameText(type, "text/plain") || SameText(type, "text/*") || SameText(type, "*/*");
}

}  // namespace

bool PrefersOpenMetrics(std::string_view accept) {
  double open_metrics = 0, text = 0;
  while (!accept.empty()) {
    std::string_view parameters = TakePart(accept, ',');
    const std::string_view type = TakePart(parameters, ';');
    if (SameText(type, "application/openmetrics-text")) {
      open_metrics = std::max(open_metrics, Weight(parameters));
    } else if (IsText(type)) {
      text = std::max(text, Weight(parameters));
    }
  }
  return open_metrics > 0 && open_metrics >= text;
}

std::string_view ContentType(const RenderOptions& options) {
  return options.open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                              : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace monoceros::agent
