// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/file_wrapper.h"

#include "worker/python/exclusive.h"

namespace monoceros::wsgi {
namespace {

constexpr Py_ssize_t kDefaultBlockBytes = 8192;

struct FileWrapper {
  PyObject_HEAD PyObject* file;
  Py_ssize_t block_bytes;
};

FileWrapper* Fields(PyObject* self) { return reinterpret_cast<FileWrapper*>(self); }

python::Ref FileOf(PyObject* self) {
  const python::Exclusive alone(self);
  return python::Ref::Borrow(Fields(self)->file);
}

int Init(PyObject* self, PyObject* arguments, PyObject* keywords) {
  static const char* const kNames[] = {"filelike", "blksize", nullptr};
  PyObject* file;
  Py_ssize_t block_bytes = kDefaultBlockBytes;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|n:file_wrapper",
                                   const_cast<char**>(kNames), &file, &block_bytes)) {
    return -1;
  }
  python::Ref old;
  const python::Exclusive alone(self);
  old = python::Ref::Steal(Fields(self)->file);
  Fields(self)->file = python::Ref::Borrow(file).Release();
  Fields(self)->block_bytes = block_bytes;
  return 0;
}

PyObject* Next(PyObject* self) {
  const python::Ref file = FileOf(self);
  if (!file) return nullptr;
  python::Ref block =
      python::Ref::Steal(PyObject_CallMethod(file.get(), "read", "n", Fields(self)->block_bytes));
  if (!block) return nullptr;
  const int more = PyObject_IsTrue(block.get());
  return more > 0 ? block.Release() : nullptr;
}

PyObject* Close(PyObject* self, PyObject*) {
  const python::Ref file = FileOf(self);
  if (!file || !PyObject_HasAttrString(file.get(), "close")) {
    return python::Ref::Borrow(Py_None).Release();
  }
  return PyObject_CallMethod(file.get(), "close", nullptr);
}

int Traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(Fields(self)->file);
  return 0;
}

int Clear(PyObject* self) {
  python::Ref::Steal(std::exchange(Fields(self)->file, nullptr)).Reset();
  return 0;
}

void Dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  Clear(self);
  FreeInstance(self);
}

PyMethodDef methods[] = {
    {"close", Close, METH_NOARGS, "Closes the file."},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef members[] = {
    {"filelike", T_OBJECT, offsetof(FileWrapper, file), READONLY, nullptr},
    {"blksize", T_PYSSIZET, offsetof(FileWrapper, block_bytes), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("Sends a file as a response body, by sendfile where it can.")},
    {Py_tp_init, reinterpret_cast<void*>(Init)},
    {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(Next)},
    {Py_tp_traverse, reinterpret_cast<void*>(Traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(Clear)},
    {Py_tp_dealloc, reinterpret_cast<void*>(Dealloc)},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, nullptr},
};

PyType_Spec spec = {"monoceros._monoceros.FileWrapper", sizeof(FileWrapper), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

}  // namespace

python::Ref MakeFileWrapperType() { return python::Ref::Steal(PyType_FromSpec(&spec)); }

}  // namespace monoceros::wsgi
