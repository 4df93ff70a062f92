// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

#include "worker/python/ref.h"

namespace monoceros::python {

// Takes the pending exception (normalised, with its traceback) and clears it. None when no
// exception is pending.
Ref TakeException();

// Makes `exception` pending again; nothing when there is none.
void RaiseAgain(const Ref& exception);

// `exception` as Python would print it, traceback and causes included, without a final newline.
std::string Describe(const Ref& exception);

// A str as UTF-8; lone surrogates are escaped. Empty when `text` is not a str.
std::string ToUtf8(PyObject* text);

}  // namespace monoceros::python
