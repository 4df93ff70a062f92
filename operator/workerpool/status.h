// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "workerpool/picture.h"

namespace monoceros::workerpool {

// The whole status of a pool; `before` is what it has now. Nothing in it moves by itself: the same
// picture gives the same status, with the times of the conditions that did not change. Pure.
kube::Json BuildStatus(const Picture& picture, const kube::Json& before,
                       std::chrono::system_clock::time_point now);

// Whether nothing but the load band differs.
bool OnlyLoadDiffers(const kube::Json& before, const kube::Json& after);

// A condition of a status, or null.
const kube::Json& ConditionOf(const kube::Json& status, std::string_view type);

}  // namespace monoceros::workerpool
