// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <array>
#include <string>
#include <string_view>

#include "channel/heads.h"
#include "worker/python/ref.h"
#include "worker/python/string_cache.h"
#include "worker/wsgi/types.h"

namespace monoceros::wsgi {

// What is the same in every request of a process. Made once; needs the GIL.
struct EnvironBase {
  enum Key {
    kRequestMethod,
    kPathInfo,
    kQueryString,
    kRawUri,
    kServerName,
    kServerPort,
    kServerProtocol,
    kRemoteAddr,
    kRemotePort,
    kUrlScheme,
    kInput,
    kEarlyHints,
    kContentType,
    kContentLength,
    kHost,
    kTransferEncoding,
    kKeys
  };

  // False with an exception pending.
  bool Make(const Types& types, bool multithread);

  python::Ref constants;                // dict: the entries that never change
  std::array<python::Ref, kKeys> keys;  // interned
  python::Ref http_10, http_11;
  python::Ref empty;
};

// Makes the environ of requests (PEP 3333, with Gunicorn's meaning where the PEP leaves a choice).
// One per thread; needs the GIL.
class EnvironMaker {
 public:
  // `base` outlives this.
  explicit EnvironMaker(const EnvironBase& base) : base_(base) {}

  // A new dict, or none with an exception pending.
  python::Ref Make(const channel::RequestHead& head, PyObject* input, PyObject* early_hints);

 private:
  using Key = EnvironBase::Key;

  bool AddRequestLine(PyObject* environ, const channel::RequestHead& head);
  bool AddAddresses(PyObject* environ, const channel::RequestHead& head);
  bool AddUnixServer(PyObject* environ, const channel::RequestHead& head);
  bool AddFields(PyObject* environ, const channel::RequestHead& head);
  bool AddField(PyObject* environ, const channel::Field& field);
  bool Join(PyObject* environ, PyObject* key, PyObject* value);
  bool AddContentLength(PyObject* environ, const channel::RequestHead& head);

  bool Set(PyObject* environ, Key key, PyObject* value);
  bool SetText(PyObject* environ, Key key, std::string_view value);
  bool SetPort(PyObject* environ, Key key, uint16_t port);
  PyObject* Value(std::string_view bytes);

  const EnvironBase& base_;
  python::StringCache<64> header_keys_;
  python::StringCache<256> values_;
  python::Ref uncached_;  // the last value that was too long for the cache
  std::string decoded_;
};

}  // namespace monoceros::wsgi
