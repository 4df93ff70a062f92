// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/python/ref.h"

namespace monoceros::wsgi {

// The Python types of this folder, made once per process.
struct Types {
  python::Ref callback;      // LentObject: start_response, write, wsgi.early_hints
  python::Ref input;         // LentObject: wsgi.input
  python::Ref file_wrapper;  // wsgi.file_wrapper
};

// False with an exception pending.
bool MakeTypes(Types& types);

// Each returns a new type, or none with an exception pending.
python::Ref MakeCallbackType();
python::Ref MakeInputType();
python::Ref MakeFileWrapperType();

// tp_dealloc of types whose instances hold nothing but their type.
void FreeInstance(PyObject* self);

}  // namespace monoceros::wsgi
