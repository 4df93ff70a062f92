// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/classes/serve.h"

namespace monoceros::worker {

// Serves WSGI in greenlets, on the hub that the Python module of this name presents.
Served ServeGreen(Worker& worker, const StartOrder& start, python::Ref callable,
                  const char* module_name);

}  // namespace monoceros::worker
