// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "workerpool/picture.h"

namespace monoceros::workerpool {

// The mean saturation of the ready pods whose agents answer; none: nothing is known.
std::optional<double> MeanSaturation(const Picture& picture);

// "idle" (below 0.1), "ok", "high" (from 0.6), "saturated" (from 0.9). A band is left only when the
// saturation is past its edge by 0.05; `before` may be empty.
std::string LoadBand(const std::string& before, double saturation);

}  // namespace monoceros::workerpool
