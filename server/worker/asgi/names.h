// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <array>

#include "worker/python/ref.h"

namespace monoceros::asgi {

// Keys of scopes and messages (ASGI, "HTTP & WebSocket", version 2.5), and other names that are
// looked up for every request. Interned, made once; needs the GIL.
class Names {
 public:
  enum Name {
    kType,
    kAsgi,
    kHttpVersion,
    kMethod,
    kScheme,
    kPath,
    kRawPath,
    kQueryString,
    kRootPath,
    kHeaders,
    kClient,
    kServer,
    kState,
    kExtensions,
    kBody,
    kMoreBody,
    kStatus,
    kTrailers,
    kMoreTrailers,
    kLinks,
    kFile,
    kOffset,
    kCount,
    kHttpRequest,
    kHttpDisconnect,
    kDone,
    kSetResult,
    kFutureBlocking,
    kThrow,
    kClose,
    kTunnel,
    kNames
  };

  // False with an exception pending.
  bool Make();

  PyObject* operator[](Name name) const { return texts_[name].get(); }

 private:
  std::array<python::Ref, kNames> texts_;
};

}  // namespace monoceros::asgi
