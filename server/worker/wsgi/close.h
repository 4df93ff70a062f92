// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

namespace monoceros::wsgi {

// False for the types of the interpreter that are known to have no close().
bool MayHaveClose(PyObject* body);

// Calls body.close() if there is one (PEP 3333), whether an exception is pending or not; one that
// is pending comes before one that close() raises. False when an exception is pending afterwards.
bool CallClose(PyObject* body);

}  // namespace monoceros::wsgi
