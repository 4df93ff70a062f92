// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/environ.h"

#include <algorithm>
#include <charconv>

#include "worker/http/field_name.h"
#include "worker/http/percent.h"
#include "worker/python/text.h"

namespace monoceros::wsgi {
namespace {

// Longer values are rarely the same twice.
constexpr size_t kMaxCachedBytes = 256;

// "User-Agent" -> "HTTP_USER_AGENT" (RFC 3875 section 4.1.18).
python::Ref MakeHeaderKey(std::string_view name) {
  std::string key = "HTTP_";
  key.reserve(key.size() + name.size());
  for (const char c : name) {
    key += c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return python::Latin1(key);
}

std::string_view FindField(const channel::RequestHead& head, std::string_view name) {
  const auto found = std::find_if(
      head.fields.begin(), head.fields.end(),
      [&](const channel::Field& field) { return http::EqualsIgnoringCase(field.name, name); });
  return found == head.fields.end() ? std::string_view() : found->value;
}

}  // namespace

python::Ref EnvironMaker::Make(const channel::RequestHead& head, PyObject* input,
                               PyObject* early_hints) {
  python::Ref environ = python::Ref::Steal(PyDict_Copy(base_.constants.get()));
  if (!environ) return {};
  PyObject* const dict = environ.get();
  const bool complete = AddRequestLine(dict, head) && AddAddresses(dict, head) &&
                        Set(dict, Key::kInput, input) && Set(dict, Key::kEarlyHints, early_hints) &&
                        AddFields(dict, head) && AddContentLength(dict, head);
  return complete ? std::move(environ) : python::Ref();
}

bool EnvironMaker::AddRequestLine(PyObject* environ, const channel::RequestHead& head) {
  const python::Ref& protocol = head.version_minor == 0 ? base_.http_10 : base_.http_11;
  return SetText(environ, Key::kRequestMethod, head.method) &&
         SetText(environ, Key::kPathInfo, http::DecodePercent(head.path, decoded_)) &&
         SetText(environ, Key::kQueryString, head.query) &&
         SetText(environ, Key::kRawUri, head.target) &&
         SetText(environ, Key::kUrlScheme, head.scheme) &&
         Set(environ, Key::kServerProtocol, protocol.get());
}

bool EnvironMaker::AddAddresses(PyObject* environ, const channel::RequestHead& head) {
  if (!SetText(environ, Key::kRemoteAddr, head.remote_address)) return false;
  if (head.server_port == 0) return AddUnixServer(environ, head);
  return SetPort(environ, Key::kRemotePort, head.remote_port) &&
         SetText(environ, Key::kServerName, head.server_address) &&
         SetPort(environ, Key::kServerPort, head.server_port);
}

// A Unix socket has neither host nor port, yet PEP 3333 wants both: Gunicorn takes them from Host.
bool EnvironMaker::AddUnixServer(PyObject* environ, const channel::RequestHead& head) {
  const std::string_view host = FindField(head, "host");
  const size_t bracket = host.rfind(']');
  const size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view name = host.substr(0, colon);
  std::string_view port = colon == std::string_view::npos ? "" : host.substr(colon + 1);
  if (name.empty()) name = head.server_address.empty() ? "localhost" : head.server_address;
  if (port.empty()) port = head.scheme == "https" ? "443" : "80";
  return SetText(environ, Key::kServerName, name) && SetText(environ, Key::kServerPort, port) &&
         PyDict_DelItem(environ, base_.keys[Key::kRemotePort].get()) == 0;
}

bool EnvironMaker::AddFields(PyObject* environ, const channel::RequestHead& head) {
  return std::all_of(head.fields.begin(), head.fields.end(),
                     [&](const channel::Field& field) { return AddField(environ, field); });
}

bool EnvironMaker::AddField(PyObject* environ, const channel::Field& field) {
  if (http::EqualsIgnoringCase(field.name, "content-length")) return true;
  PyObject* const value = Value(field.value);
  if (value == nullptr) return false;
  if (http::EqualsIgnoringCase(field.name, "content-type"))
    return Set(environ, Key::kContentType, value);
  PyObject* const key = header_keys_.Find(field.name, MakeHeaderKey);
  if (key == nullptr) return false;
  const Py_ssize_t entries = PyDict_GET_SIZE(environ);
  if (PyDict_SetDefault(environ, key, value) == nullptr) return false;
  return PyDict_GET_SIZE(environ) > entries || Join(environ, key, value);
}

// RFC 9110 section 5.3: repeated fields are one list; RFC 9113 section 8.2.3 for Cookie.
bool EnvironMaker::Join(PyObject* environ, PyObject* key, PyObject* value) {
  const bool cookie = PyUnicode_CompareWithASCIIString(key, "HTTP_COOKIE") == 0;
  PyObject* const first = PyDict_GetItemWithError(environ, key);
  if (first == nullptr) return false;
  const python::Ref joined =
      python::Ref::Steal(PyUnicode_FromFormat(cookie ? "%U; %U" : "%U,%U", first, value));
  return joined && PyDict_SetItem(environ, key, joined.get()) == 0;
}

// A chunked body that the router has already decoded comes with its length and without its coding.
bool EnvironMaker::AddContentLength(PyObject* environ, const channel::RequestHead& head) {
  if (!head.content_length) return true;
  PyObject* const coding = base_.keys[Key::kTransferEncoding].get();
  const int coded = PyDict_Contains(environ, coding);
  if (coded < 0 || (coded > 0 && PyDict_DelItem(environ, coding) < 0)) return false;
  std::array<char, 24> text;
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), *head.content_length);
  return SetText(environ, Key::kContentLength, {text.data(), end});
}

bool EnvironMaker::Set(PyObject* environ, Key key, PyObject* value) {
  return PyDict_SetItem(environ, base_.keys[key].get(), value) == 0;
}

bool EnvironMaker::SetText(PyObject* environ, Key key, std::string_view value) {
  PyObject* const text = Value(value);
  return text != nullptr && Set(environ, key, text);
}

bool EnvironMaker::SetPort(PyObject* environ, Key key, uint16_t port) {
  std::array<char, 8> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), port);
  return SetText(environ, key, {text.data(), end});
}

PyObject* EnvironMaker::Value(std::string_view bytes) {
  if (bytes.empty()) return base_.empty.get();
  if (bytes.size() <= kMaxCachedBytes) return values_.Find(bytes, python::Latin1);
  uncached_ = python::Latin1(bytes);
  return uncached_.get();
}

}  // namespace monoceros::wsgi
