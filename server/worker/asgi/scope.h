// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>
#include <string_view>

#include "channel/heads.h"
#include "worker/asgi/names.h"
#include "worker/python/ref.h"
#include "worker/python/string_cache.h"

namespace monoceros::asgi {

// Makes the scopes of HTTP requests (ASGI, "HTTP Connection Scope"). One per process; needs the
// GIL. Each scope is the request's own, with what it contains: the application may change it.
class ScopeMaker {
 public:
  // What is the same in every scope. `names` outlives this. False with an exception pending.
  bool Prepare(const Names& names, const std::string& root_path);
  // The lifespan's state, a dict; every scope from now on has a copy.
  void SetState(python::Ref state) { state_ = std::move(state); }

  // A new dict, or none with an exception pending.
  python::Ref Make(const channel::RequestHead& head);
  // Adds the extension monoceros.tunnel to those of `scope`. False with an exception pending.
  bool OfferTunnel(PyObject* scope) const;

 private:
  using Name = Names::Name;

  bool AddRequestLine(PyObject* scope, const channel::RequestHead& head);
  bool AddPath(PyObject* scope, const channel::RequestHead& head);
  bool AddAddresses(PyObject* scope, const channel::RequestHead& head);
  bool AddCopies(PyObject* scope);
  python::Ref Headers(const channel::RequestHead& head);
  python::Ref Header(const channel::Field& field);
  python::Ref Value(std::string_view bytes);
  python::Ref Text(std::string_view text);
  python::Ref Address(std::string_view host, PyObject* port);
  bool Set(PyObject* scope, Name name, const python::Ref& value) const;

  const Names* names_ = nullptr;
  std::string root_path_;
  python::Ref constants_;  // dict
  python::Ref asgi_;       // dict, copied into each scope, as the two below
  python::Ref extensions_;
  python::Ref state_;
  python::Ref http_10_, http_11_;
  python::StringCache<256> field_names_;
  python::StringCache<1024> field_values_;
  python::StringCache<1024> texts_;
  std::string decoded_;
};

}  // namespace monoceros::asgi
