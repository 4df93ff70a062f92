// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string_view>

#include "worker/python/ref.h"

namespace monoceros::python {

// A str whose characters are the bytes of `bytes`, as PEP 3333 wants native strings.
inline Ref Latin1(std::string_view bytes) {
  return Ref::Steal(
      PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr));
}

// The same, interned: for dictionary keys.
inline Ref Interned(std::string_view bytes) {
  PyObject* text = Latin1(bytes).Release();
  if (text != nullptr) PyUnicode_InternInPlace(&text);
  return Ref::Steal(text);
}

// True when `object` is a str of characters below 256 only: what PEP 3333 calls a native string.
inline bool IsNative(PyObject* object) {
  return PyUnicode_Check(object) && PyUnicode_KIND(object) == PyUnicode_1BYTE_KIND;
}

// The characters of a native string as bytes; valid while `text` lives.
inline std::string_view NativeBytes(PyObject* text) {
  return {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
          static_cast<size_t>(PyUnicode_GET_LENGTH(text))};
}

}  // namespace monoceros::python
