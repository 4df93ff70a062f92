// SPDX-License-Identifier: Apache-2.0
#include "worker/python/error.h"

namespace monoceros::python {

Ref TakeException() {
#if PY_VERSION_HEX >= 0x030C0000
  return Ref::Steal(PyErr_GetRaisedException());
#else
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  if (type == nullptr) return {};
  PyErr_NormalizeException(&type, &value, &traceback);
  const Ref owned_type = Ref::Steal(type), owned_traceback = Ref::Steal(traceback);
  if (traceback != nullptr) PyException_SetTraceback(value, traceback);
  return Ref::Steal(value);
#endif
}

void RaiseAgain(const Ref& exception) {
  if (!exception) return;
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.get())), exception.get());
}

std::string Describe(const Ref& exception) {
  const Ref module = Ref::Steal(PyImport_ImportModule("traceback"));
  Ref lines, text;
  if (module) {
    lines =
        Ref::Steal(PyObject_CallMethod(module.get(), "format_exception", "(O)", exception.get()));
  }
  const Ref empty = Ref::Steal(PyUnicode_FromString(""));
  if (lines && empty) text = Ref::Steal(PyUnicode_Join(empty.get(), lines.get()));
  // The description itself can fail (no memory, a broken __str__): the type is always known.
  PyErr_Clear();
  if (!text) return Py_TYPE(exception.get())->tp_name;
  std::string result = ToUtf8(text.get());
  while (!result.empty() && result.back() == '\n') result.pop_back();
  return result;
}

std::string ToUtf8(PyObject* text) {
  if (!PyUnicode_Check(text)) return {};
  const Ref bytes = Ref::Steal(PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace"));
  if (!bytes) {
    PyErr_Clear();
    return {};
  }
  return {PyBytes_AS_STRING(bytes.get()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

}  // namespace monoceros::python
