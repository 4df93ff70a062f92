// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <functional>

#include "worker/python/ref.h"

namespace monoceros::python {

// A Python callable without arguments that calls `function` and returns None; none with an
// exception pending. What `function` refers to must live as long as Python can call it.
Ref MakeFunction(std::function<void()> function);

}  // namespace monoceros::python
