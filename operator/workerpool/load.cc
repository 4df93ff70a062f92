// SPDX-License-Identifier: Apache-2.0
#include "workerpool/load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace monoceros::workerpool {
namespace {

constexpr std::array<std::string_view, 4> kBands = {"idle", "ok", "high", "saturated"};
constexpr std::array<double, 3> kEdges = {0.1, 0.6, 0.9};  // between them
constexpr double kMargin = 0.05;

}  // namespace

std::optional<double> MeanSaturation(const Picture& picture) {
  double sum = 0;
  int pods = 0;
  for (const PodFacts& pod : picture.pods) {
    const Look* const look = LookAt(picture, pod);
    if (!pod.ready || look == nullptr || !look->state || !look->unreachable.empty()) continue;
    if (!std::isfinite(look->state->saturation)) continue;
    sum += look->state->saturation;
    ++pods;
  }
  if (pods == 0) return {};
  return sum / pods;
}

std::string LoadBand(const std::string& before, double saturation) {
  const auto known = std::ranges::find(kBands, before);
  const size_t old = static_cast<size_t>(known - kBands.begin());
  size_t band = 0;
  for (size_t edge = 0; edge < kEdges.size(); ++edge) {
    double limit = kEdges[edge];
    if (known != kBands.end()) limit += old > edge ? -kMargin : kMargin;
    if (saturation >= limit) band = edge + 1;
  }
  return std::string(kBands[band]);
}

}  // namespace monoceros::workerpool
