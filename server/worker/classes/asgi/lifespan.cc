// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/asgi/lifespan.h"

#include "worker/python/error.h"

namespace monoceros::worker {

using python::Ref;

Lifespan::Lifespan(Worker& worker, const Ref& module, asgi::Application& application,
                   const std::string& mode)
    : worker_(worker), application_(application), state_(Ref::Steal(PyDict_New())) {
  if (!state_) return;
  object_ =
      Ref::Steal(PyObject_CallMethod(module.get(), "Lifespan", "OOsO", application.callable.get(),
                                     application.loop.get(), mode.c_str(), state_.get()));
}

std::optional<std::string> Lifespan::Start() {
  std::optional<std::string> failure = Call("startup");
  if (!failure) application_.scopes.SetState(state_);
  return failure;
}

void Lifespan::Shutdown() {
  if (const std::optional<std::string> failure = Call("shutdown")) {
    worker_.logger().Error("{}", *failure);
  }
}

std::optional<std::string> Lifespan::Call(const char* method) {
  const Ref result =
      object_ ? Ref::Steal(PyObject_CallMethod(object_.get(), method, nullptr)) : Ref();
  if (!result) return python::Describe(python::TakeException());
  if (result.get() == Py_None) return std::nullopt;
  return python::ToUtf8(result.get());
}

}  // namespace monoceros::worker
