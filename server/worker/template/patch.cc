// SPDX-License-Identifier: Apache-2.0
#include "worker/template/patch.h"

#include "worker/python/error.h"
#include "worker/template/application.h"

namespace monoceros::worker {
namespace {

using python::Ref;

// `lines`: a list of (whether it is a warning, text).
bool Log(const Ref& lines, base::Logger& logger) {
  for (Py_ssize_t i = 0; i < PyList_Size(lines.get()); ++i) {
    int warning = 0;
    const char* text = nullptr;
    if (!PyArg_ParseTuple(PyList_GET_ITEM(lines.get(), i), "ps", &warning, &text)) return false;
    logger.Write(warning != 0 ? base::LogLevel::kWarning : base::LogLevel::kInfo, text);
  }
  return PyErr_Occurred() == nullptr;
}

}  // namespace

base::Result<void> PatchFor(const Class& kind, const std::string& except, base::Logger& logger) {
  if (kind.patch == nullptr) return {};
  const Ref module = Ref::Steal(PyImport_ImportModule(kind.patch));
  const Ref lines =
      module ? Ref::Steal(PyObject_CallMethod(module.get(), "patch", "s", except.c_str())) : Ref();
  if (lines && Log(lines, logger)) return {};
  return tl::make_unexpected(TakeError());
}

}  // namespace monoceros::worker
