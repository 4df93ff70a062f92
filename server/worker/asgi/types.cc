// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/types.h"

namespace monoceros::asgi {

bool MakeTypes(Types& types) {
  types.cycle = MakeCycleType();
  if (types.cycle) types.awaitable = MakeAwaitableType();
  if (!types.awaitable) return false;
  types.disconnected = python::Ref::Steal(PyErr_NewExceptionWithDoc(
      "monoceros.ClientDisconnected", "The client left before it had the whole response.",
      PyExc_OSError, nullptr));
  return static_cast<bool>(types.disconnected);
}

}  // namespace monoceros::asgi
