// SPDX-License-Identifier: Apache-2.0
#include "worker/template/application.h"

#include "worker/python/error.h"

namespace monoceros::worker {
namespace {

using python::Ref;

Ref Import(const char* name) { return Ref::Steal(PyImport_ImportModule(name)); }

Ref Text(const std::string& text) {
  return Ref::Steal(
      PyUnicode_DecodeFSDefaultAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

void CallIgnoringErrors(const Ref& object, const char* method) {
  if (object && object.get() != Py_None) {
    Ref::Steal(PyObject_CallMethod(object.get(), method, nullptr)).Reset();
  }
  PyErr_Clear();
}

void AddThread(const Ref& thread, std::map<pid_t, std::string>& names) {
  const Ref id = Ref::Steal(PyObject_GetAttrString(thread.get(), "native_id"));
  const Ref name = id ? Ref::Steal(PyObject_GetAttrString(thread.get(), "name")) : Ref();
  const long number = name ? PyLong_AsLong(id.get()) : -1;
  if (number > 0) names[static_cast<pid_t>(number)] = python::ToUtf8(name.get());
  PyErr_Clear();
}

}  // namespace

base::Error TakeError() {
  const Ref exception = python::TakeException();
  const Ref module = Import("monoceros._application");
  const Ref text =
      module ? Ref::Steal(PyObject_CallMethod(module.get(), "describe", "(O)", exception.get()))
             : Ref();
  if (text) return {python::ToUtf8(text.get())};
  PyErr_Clear();
  return {python::Describe(exception)};
}

base::Result<void> PreparePaths(const StartOrder& start) {
  const Ref module = Import("monoceros._application");
  const Ref chdir = Text(start.chdir), pythonpath = Text(start.pythonpath);
  if (module && chdir && pythonpath) {
    const Ref done = Ref::Steal(
        PyObject_CallMethod(module.get(), "prepare_paths", "(OO)", chdir.get(), pythonpath.get()));
    if (done) return {};
  }
  return tl::make_unexpected(TakeError());
}

base::Result<Ref> LoadApplication(const StartOrder& start) {
  const Ref module = Import("monoceros._application");
  const Ref name = Text(start.application);
  Ref application;
  if (module && name) {
    application = Ref::Steal(PyObject_CallMethod(module.get(), "load", "(O)", name.get()));
  }
  if (!application) return tl::make_unexpected(TakeError());
  return application;
}

base::Result<Ref> AdaptApplication(const Ref& application, const char* worker_class) {
  const Ref module = Import("monoceros._application");
  Ref adapted;
  if (module) {
    adapted = Ref::Steal(
        PyObject_CallMethod(module.get(), "adapt", "(Os)", application.get(), worker_class));
  }
  if (!adapted) return tl::make_unexpected(TakeError());
  return adapted;
}

void FreezeObjects() {
  const Ref gc = Import("gc");
  CallIgnoringErrors(gc, "collect");
  CallIgnoringErrors(gc, "freeze");
}

void FlushStreams() {
  for (const char* name : {"stdout", "stderr"}) {
    CallIgnoringErrors(Ref::Borrow(PySys_GetObject(name)), "flush");
  }
}

std::map<pid_t, std::string> PythonThreads() {
  std::map<pid_t, std::string> names;
  const Ref threading = Import("threading");
  const Ref threads =
      threading ? Ref::Steal(PyObject_CallMethod(threading.get(), "enumerate", nullptr)) : Ref();
  for (Py_ssize_t i = 0; threads && i < PyList_GET_SIZE(threads.get()); ++i) {
    AddThread(Ref::Borrow(PyList_GET_ITEM(threads.get(), i)), names);
  }
  PyErr_Clear();
  return names;
}

}  // namespace monoceros::worker
