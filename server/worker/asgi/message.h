// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/asgi/names.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

// Reads what an application gives to `send` (ASGI, "Applications": events are dicts). Borrows the
// dict; needs the GIL. Every reader returns nothing, none or false with an exception pending when
// the message does not have what it must.
class Message {
 public:
  Message(const Names& names, PyObject* dict) : names_(names), dict_(dict) {}

  enum class Type {
    kStart,
    kBody,
    kTrailers,
    kEarlyHint,
    kPathSend,
    kFileSend,
    kAccept,  // these three: WebSocket scopes
    kSend,
    kClose,
  };
  // Whose messages they are. A WebSocket's response that denies it counts as kStart and kBody.
  enum class Scope { kHttp, kWebSocket };
  std::optional<Type> type(Scope scope) const;

  // A whole number that must be there.
  std::optional<int64_t> Number(Names::Name key) const;
  // The same; `otherwise` when it is absent or None.
  std::optional<int64_t> Number(Names::Name key, int64_t otherwise) const;
  // Whether the value is there and true; an error is taken for false.
  bool Flag(Names::Name key) const;
  // bytes; empty when the key is absent.
  python::Ref Bytes(Names::Name key) const;
  // str; empty when the key is absent. Until the dict changes.
  std::optional<std::string_view> Text(Names::Name key) const;
  // Any object, None when the key is absent.
  PyObject* Find(Names::Name key) const;

 private:
  const Names& names_;
  PyObject* const dict_;
};

}  // namespace monoceros::asgi
