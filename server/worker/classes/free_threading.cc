// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/free_threading.h"

#ifdef Py_GIL_DISABLED

#include <string>

#include "worker/python/ref.h"
#include "worker/template/application.h"

// The name is CPython's. A module of its own, which does not say that it needs no GIL.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
PyMODINIT_FUNC PyInit__with_gil() {
  static PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                                   "monoceros._with_gil",
                                   nullptr,
                                   -1,
                                   nullptr,
                                   nullptr,
                                   nullptr,
                                   nullptr,
                                   nullptr};
  return PyModule_Create(&definition);
}

namespace monoceros::worker {
namespace {

using python::Ref;

// A question about the interpreter that only Python code can ask.
bool HasGil() {
  PyObject* const ask = PySys_GetObject("_is_gil_enabled");
  const Ref answer = ask == nullptr ? Ref() : Ref::Steal(PyObject_CallNoArgs(ask));
  if (!answer) PyErr_Clear();
  return answer.get() == Py_True;
}

}  // namespace

base::Result<void> PrepareGil(const Class& kind) {
  if (!kind.loop || HasGil()) return {};
  const Ref module = Ref::Steal(PyImport_ImportModule("monoceros._free_threading"));
  const Ref on =
      module ? Ref::Steal(PyObject_CallMethod(module.get(), "turn_gil_on", nullptr)) : Ref();
  if (!on) return tl::make_unexpected(TakeError());
  if (on.get() == Py_True) return {};
  return base::Fail("the worker class " + std::string(kind.name) +
                    " needs the GIL of this free-threaded Python: unset PYTHON_GIL=0");
}

void TellGil(const Class& kind, Worker& worker) {
  base::Logger& logger = worker.logger();
  if (!HasGil()) {
    return logger.Info("This Python has no GIL: threads of the worker run at the same time");
  }
  Accounting accounting = worker.accounting();
  if (accounting.gil == scoreboard::GilMeterState::kNotApplicable) {
    // There is one now, and its waits are not counted.
    accounting.gil = scoreboard::GilMeterState::kUnavailable;
    worker.Account(accounting);
  }
  if (kind.loop) {
    return logger.Info("This Python is free-threaded, but the class {} runs with the GIL",
                       kind.name);
  }
  logger.Warning(
      "This Python is free-threaded, but its GIL is on: the application imported a module that "
      "needs it, or PYTHON_GIL=1 asks for it; threads take turns");
}

}  // namespace monoceros::worker

#else

namespace monoceros::worker {

base::Result<void> PrepareGil(const Class& /*kind*/) { return {}; }
void TellGil(const Class& /*kind*/, Worker& /*worker*/) {}

}  // namespace monoceros::worker

#endif
