// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/forked_child.h"

#include <unistd.h>

#include "worker/python/error.h"
#include "worker/template/application.h"

namespace monoceros::worker {
namespace {

// The status that the pending exception asks for, which is reported unless it is
// SystemExit(number).
int TakeExitStatus() {
  const python::Ref exception = python::TakeException();
  if (!exception) return 0;
  if (!PyErr_GivenExceptionMatches(exception.get(), PyExc_SystemExit)) {
    PySys_FormatStderr("%s\n", python::Describe(exception).c_str());
    return 1;
  }
  const python::Ref code = python::Ref::Steal(PyObject_GetAttrString(exception.get(), "code"));
  if (!code || code.get() == Py_None) return 0;
  return PyLong_Check(code.get()) ? static_cast<int>(PyLong_AsLong(code.get())) : 1;
}

}  // namespace

void LeaveForkedChild() {
  const int status = TakeExitStatus();
  FlushStreams();
  ::_exit(status);
}

}  // namespace monoceros::worker
