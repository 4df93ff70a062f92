// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

namespace monoceros::python {

// Does for a scope what the GIL does where the interpreter has none: other threads that are
// exclusive on the same object wait, but not while this one has given the GIL up. Nothing where
// there is a GIL. `object` outlives the scope.
class Exclusive {
 public:
#ifdef Py_GIL_DISABLED
  explicit Exclusive(PyObject* object) { PyCriticalSection_Begin(&section_, object); }
  ~Exclusive() { PyCriticalSection_End(&section_); }
#else
  explicit Exclusive(PyObject* /*object*/) {}
#endif
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;

 private:
#ifdef Py_GIL_DISABLED
  PyCriticalSection section_;
#endif
};

}  // namespace monoceros::python
