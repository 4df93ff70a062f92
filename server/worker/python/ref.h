// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <utility>

namespace monoceros::python {

// An owned reference, or none. Everything but moving needs the GIL.
class Ref {
 public:
  Ref() = default;
  // Takes over a reference that the caller owns; null means "none" (an exception is pending).
  static Ref Steal(PyObject* object) { return Ref(object); }
  // Adds a reference of its own.
  static Ref Borrow(PyObject* object) {
    Py_XINCREF(object);
    return Ref(object);
  }
  Ref(Ref&& other) noexcept : object_(other.Release()) {}
  Ref& operator=(Ref&& other) noexcept {
    Ref old(std::exchange(object_, other.Release()));
    return *this;
  }
  Ref(const Ref& other) : object_(other.object_) { Py_XINCREF(object_); }
  Ref& operator=(const Ref& other) {
    Ref copy(other);
    std::swap(object_, copy.object_);
    return *this;
  }
  ~Ref() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  // Gives up ownership; the caller drops the reference.
  PyObject* Release() { return std::exchange(object_, nullptr); }
  void Reset() { *this = Ref(); }

 private:
  explicit Ref(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

}  // namespace monoceros::python
