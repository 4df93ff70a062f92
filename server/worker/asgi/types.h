// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/python/ref.h"

namespace monoceros::asgi {

// The Python types of this folder, made once per process.
struct Types {
  python::Ref cycle;         // the coroutine of one exchange's task
  python::Ref awaitable;     // what receive() and send() return
  python::Ref disconnected;  // the OSError that send raises when the client has left
};

// False with an exception pending.
bool MakeTypes(Types& types);

// Each returns a new type, or none with an exception pending.
python::Ref MakeCycleType();
python::Ref MakeAwaitableType();

}  // namespace monoceros::asgi
