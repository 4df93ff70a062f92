// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "worker/gil_meter/loaded_object.h"

namespace monoceros::gil_meter {

// Calls `visit` with the object of this process that holds `address`, the program included, while
// nothing can be loaded or unloaded. False when there is none.
bool VisitObjectOf(uintptr_t address, const std::function<void(const LoadedObject&)>& visit);

}  // namespace monoceros::gil_meter
