// SPDX-License-Identifier: Apache-2.0
#pragma once

// The only way in to CPython's headers. Include it before any other header: pyconfig.h sets feature
// macros that standard headers look at.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
