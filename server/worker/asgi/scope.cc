// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/scope.h"

#include "worker/http/percent.h"
#include "worker/python/text.h"

namespace monoceros::asgi {
namespace {

using python::Ref;

// Longer values are rarely the same twice.
constexpr size_t kMaxCachedBytes = 256;

constexpr const char* kExtensions[] = {"http.response.early_hint", "http.response.trailers",
                                       "http.response.pathsend", "http.response.zerocopysend"};
constexpr const char* kWebSocketExtensions[] = {"websocket.http.response"};

Ref Bytes(std::string_view bytes) {
  return Ref::Steal(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}

Ref LowerCaseBytes(std::string_view name) {
  Ref bytes = Bytes(name);
  if (!bytes) return {};
  char* text = PyBytes_AS_STRING(bytes.get());
  for (size_t i = 0; i < name.size(); ++i) {
    if (text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  }
  return bytes;
}

Ref MakeExtensions(std::span<const char* const> names) {
  Ref extensions = Ref::Steal(PyDict_New());
  for (const char* name : names) {
    const Ref empty = Ref::Steal(PyDict_New());
    if (!extensions || !empty) return {};
    if (PyDict_SetItemString(extensions.get(), name, empty.get()) < 0) return {};
  }
  return extensions;
}

}  // namespace

bool ScopeMaker::Prepare(const Names& names, const std::string& root_path) {
  names_ = &names;
  root_path_ = root_path;
  asgi_ = Ref::Steal(Py_BuildValue("{ssss}", "version", "3.0", "spec_version", "2.5"));
  extensions_ = MakeExtensions(kExtensions);
  websocket_extensions_ = MakeExtensions(kWebSocketExtensions);
  state_ = Ref::Steal(PyDict_New());
  http_10_ = python::Interned("1.0");
  http_11_ = python::Interned("1.1");
  constants_ = MakeConstants("http", root_path);
  websocket_constants_ = MakeConstants("websocket", root_path);
  return asgi_ && extensions_ && websocket_extensions_ && state_ && http_10_ && http_11_ &&
         constants_ && websocket_constants_ &&
         PyDict_DelItem(constants_.get(), names[Name::kSubprotocols]) == 0 &&
         PyDict_DelItem(websocket_constants_.get(), names[Name::kMethod]) == 0;
}

// Present in every scope: being there from the start, they set the size of the copies.
Ref ScopeMaker::MakeConstants(const char* type, const std::string& root_path) {
  Ref constants = Ref::Steal(PyDict_New());
  if (!constants) return {};
  for (int name = Names::kType; name <= Names::kSubprotocols; ++name) {
    const int set = PyDict_SetItem(constants.get(), (*names_)[static_cast<Name>(name)], Py_None);
    if (set < 0) return {};
  }
  const bool filled = Set(constants.get(), Name::kType, python::Interned(type)) &&
                      Set(constants.get(), Name::kRootPath, Text(root_path));
  return filled ? std::move(constants) : Ref();
}

Ref ScopeMaker::Make(const channel::RequestHead& head) {
  Ref scope = Ref::Steal(PyDict_Copy(constants_.get()));
  if (!scope) return {};
  PyObject* const dict = scope.get();
  const bool complete = Set(dict, Name::kMethod, Text(head.method)) &&
                        Set(dict, Name::kScheme, Text(head.scheme)) &&
                        AddCopies(dict, extensions_) && AddCommon(dict, head);
  return complete ? std::move(scope) : Ref();
}

Ref ScopeMaker::MakeWebSocket(const channel::RequestHead& head,
                              std::span<const std::string_view> subprotocols) {
  Ref scope = Ref::Steal(PyDict_Copy(websocket_constants_.get()));
  if (!scope) return {};
  PyObject* const dict = scope.get();
  const bool complete = Set(dict, Name::kScheme, Text(head.scheme == "https" ? "wss" : "ws")) &&
                        Set(dict, Name::kSubprotocols, Texts(subprotocols)) &&
                        AddCopies(dict, websocket_extensions_) && AddCommon(dict, head);
  return complete ? std::move(scope) : Ref();
}

bool ScopeMaker::OfferTunnel(PyObject* scope) const {
  PyObject* const extensions = PyDict_GetItemWithError(scope, (*names_)[Name::kExtensions]);
  const Ref empty = Ref::Steal(PyDict_New());
  return extensions != nullptr && empty &&
         PyDict_SetItem(extensions, (*names_)[Name::kTunnel], empty.get()) == 0;
}

bool ScopeMaker::AddCommon(PyObject* scope, const channel::RequestHead& head) {
  return Set(scope, Name::kHttpVersion, head.version_minor == 0 ? http_10_ : http_11_) &&
         Set(scope, Name::kQueryString, Value(head.query)) && AddPath(scope, head) &&
         AddAddresses(scope, head) && Set(scope, Name::kHeaders, Headers(head));
}

// The proxy that mounts the application has cut root_path off. raw_path is what was received ("HTTP
// Connection Scope"): Sanic and mounts of BlackSheep look for their routes in it.
bool ScopeMaker::AddPath(PyObject* scope, const channel::RequestHead& head) {
  const std::string_view decoded = http::DecodePercent(head.path, decoded_);
  const Ref path = root_path_.empty() ? Text(decoded) : Text(root_path_ + std::string(decoded));
  return Set(scope, Name::kPath, path) && Set(scope, Name::kRawPath, Value(head.path));
}

// A Unix socket has a path instead of host and port, and its clients have neither.
bool ScopeMaker::AddAddresses(PyObject* scope, const channel::RequestHead& head) {
  if (head.server_port == 0) {
    return head.server_address.empty() ||
           Set(scope, Name::kServer, Address(head.server_address, Py_None));
  }
  const Ref client_port = Ref::Steal(PyLong_FromLong(head.remote_port));
  const Ref server_port = Ref::Steal(PyLong_FromLong(head.server_port));
  return client_port && server_port &&
         Set(scope, Name::kClient, Address(head.remote_address, client_port.get())) &&
         Set(scope, Name::kServer, Address(head.server_address, server_port.get()));
}

bool ScopeMaker::AddCopies(PyObject* scope, const Ref& extensions) {
  return Set(scope, Name::kAsgi, Ref::Steal(PyDict_Copy(asgi_.get()))) &&
         Set(scope, Name::kExtensions, Ref::Steal(PyDict_Copy(extensions.get()))) &&
         Set(scope, Name::kState, Ref::Steal(PyDict_Copy(state_.get())));
}

Ref ScopeMaker::Headers(const channel::RequestHead& head) {
  Ref list = Ref::Steal(PyList_New(static_cast<Py_ssize_t>(head.fields.size())));
  if (!list) return {};
  for (size_t i = 0; i < head.fields.size(); ++i) {
    Ref header = Header(head.fields[i]);
    if (!header) return {};
    PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), header.Release());
  }
  return list;
}

Ref ScopeMaker::Texts(std::span<const std::string_view> texts) {
  Ref list = Ref::Steal(PyList_New(0));
  for (const std::string_view text : texts) {
    const Ref item = Text(text);
    if (!list || !item || PyList_Append(list.get(), item.get()) < 0) return {};
  }
  return list;
}

Ref ScopeMaker::Header(const channel::Field& field) {
  const Ref name = Ref::Borrow(field_names_.Find(field.name, LowerCaseBytes));
  const Ref value = name ? Value(field.value) : Ref();
  return value ? Ref::Steal(PyTuple_Pack(2, name.get(), value.get())) : Ref();
}

Ref ScopeMaker::Value(std::string_view bytes) {
  if (bytes.size() > kMaxCachedBytes) return Bytes(bytes);
  return Ref::Borrow(field_values_.Find(bytes, Bytes));
}

// UTF-8; what is not is replaced, so that no client can make a request fail.
Ref ScopeMaker::Text(std::string_view text) {
  const auto decode = [](std::string_view bytes) {
    return Ref::Steal(
        PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace"));
  };
  if (text.size() > kMaxCachedBytes) return decode(text);
  return Ref::Borrow(texts_.Find(text, decode));
}

Ref ScopeMaker::Address(std::string_view host, PyObject* port) {
  const Ref text = Text(host);
  return text ? Ref::Steal(PyTuple_Pack(2, text.get(), port)) : Ref();
}

bool ScopeMaker::Set(PyObject* scope, Name name, const Ref& value) const {
  return value && PyDict_SetItem(scope, (*names_)[name], value.get()) == 0;
}

}  // namespace monoceros::asgi
