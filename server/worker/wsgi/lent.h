// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/python/exclusive.h"
#include "worker/python/ref.h"

namespace monoceros::wsgi {

// A Python object that stands for something of ours while one request lasts. `lender` is null once
// the request is over: an application that kept the object gets an exception, never a stale
// pointer.
struct LentObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  void* lender;
  unsigned long thread;  // that it was lent to
};

// Lends one such object per request, and the same one again when the application kept no reference
// to it. One thread; needs the GIL.
class Lent {
 public:
  // `type` has LentObject as its layout. `call` may be null for types that are not callable.
  Lent(const python::Ref& type, vectorcallfunc call, void* lender)
      : type_(type), call_(call), lender_(lender) {}
  ~Lent() { TakeBack(/*keep=*/false); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  // A borrowed reference, or null with an exception pending.
  PyObject* Lend() {
    if (!object_ && !Create()) return nullptr;
    Fields(object_.get())->lender = lender_;
    return object_.get();
  }

  // The request is over.
  void TakeBack(bool keep = true) {
    if (!object_) return;
    {
      const python::Exclusive alone(object_.get());
      Fields(object_.get())->lender = nullptr;
    }
    if (!keep || Py_REFCNT(object_.get()) > 1) object_.Reset();
  }

  // Null with an exception pending when the request is over. Other threads may ask too: be
  // exclusive on the object while the lender is used.
  template <typename Lender>
  static Lender* Of(PyObject* object) {
    void* lender = Fields(object)->lender;
    if (lender == nullptr) PyErr_SetString(PyExc_RuntimeError, "the request is over");
    return static_cast<Lender*>(lender);
  }

  // The same for what Handler uses at the same time. Without a GIL other threads are refused.
  template <typename Lender>
  static Lender* OfOwnThread(PyObject* object) {
#ifdef Py_GIL_DISABLED
    if (Fields(object)->thread != PyThread_get_thread_ident()) {
      PyErr_SetString(PyExc_RuntimeError,
                      "without a GIL only the thread that runs the request may call this");
      return nullptr;
    }
#endif
    return Of<Lender>(object);
  }

  static LentObject* Fields(PyObject* object) { return reinterpret_cast<LentObject*>(object); }

 private:
  bool Create() {
    auto* type = reinterpret_cast<PyTypeObject*>(type_.get());
    object_ = python::Ref::Steal(type->tp_alloc(type, 0));
    if (!object_) return false;
    Fields(object_.get())->vectorcall = call_;
    Fields(object_.get())->thread = PyThread_get_thread_ident();
    return true;
  }

  python::Ref type_;
  vectorcallfunc call_;
  void* lender_;
  python::Ref object_;
};

}  // namespace monoceros::wsgi
