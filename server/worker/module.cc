// SPDX-License-Identifier: Apache-2.0
#include "worker/python/python.h"

#include <exception>

#include "base/fd.h"
#include "worker/template/template.h"

namespace monoceros::worker {
namespace {

PyObject* TemplateMain(PyObject*, PyObject* argument) {
  const int socket = static_cast<int>(PyLong_AsLong(argument));
  if (socket == -1 && PyErr_Occurred()) return nullptr;
  try {
    Template process{base::Fd(socket)};
    const int status = process.Run();
    return status < 0 ? nullptr : PyLong_FromLong(status);
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
}

PyMethodDef methods[] = {
    {"template_main", TemplateMain, METH_O,
     "Follows the master's orders on this socket; returns the exit status of the process."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    "monoceros._monoceros",
    "The part of Monoceros that runs in the application's interpreter.",
    -1,
    methods,
    nullptr,
    nullptr,
    nullptr,
    nullptr};

}  // namespace
}  // namespace monoceros::worker

// The name is CPython's. NOLINTNEXTLINE(bugprone-reserved-identifier)
PyMODINIT_FUNC PyInit__monoceros() {
  PyObject* const module = PyModule_Create(&monoceros::worker::module_definition);
#ifdef Py_GIL_DISABLED
  // Holds for sync and gthread: the other classes turn the GIL on (classes/free_threading.h).
  if (module != nullptr) PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
  return module;
}
