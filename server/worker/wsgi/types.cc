// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/types.h"

namespace monoceros::wsgi {

bool MakeTypes(Types& types) {
  types.callback = MakeCallbackType();
  if (types.callback) types.input = MakeInputType();
  if (types.input) types.file_wrapper = MakeFileWrapperType();
  return static_cast<bool>(types.file_wrapper);
}

void FreeInstance(PyObject* self) {
  // An instance of a heap type owns a reference to its type.
  const python::Ref type = python::Ref::Steal(reinterpret_cast<PyObject*>(Py_TYPE(self)));
  Py_TYPE(self)->tp_free(self);
}

}  // namespace monoceros::wsgi
