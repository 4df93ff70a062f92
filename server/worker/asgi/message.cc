// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/message.h"

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "worker/python/text.h"

namespace monoceros::asgi {
namespace {

using KnownType = std::pair<std::string_view, Message::Type>;

constexpr std::array<KnownType, 6> kHttpTypes = {{
    {"http.response.body", Message::Type::kBody},
    {"http.response.start", Message::Type::kStart},
    {"http.response.trailers", Message::Type::kTrailers},
    {"http.response.early_hint", Message::Type::kEarlyHint},
    {"http.response.pathsend", Message::Type::kPathSend},
    {"http.response.zerocopysend", Message::Type::kFileSend},
}};

constexpr std::array<KnownType, 5> kWebSocketTypes = {{
    {"websocket.send", Message::Type::kSend},
    {"websocket.accept", Message::Type::kAccept},
    {"websocket.close", Message::Type::kClose},
    {"websocket.http.response.start", Message::Type::kStart},
    {"websocket.http.response.body", Message::Type::kBody},
}};

std::span<const KnownType> TypesOf(Message::Scope scope) {
  if (scope == Message::Scope::kHttp) return kHttpTypes;
  return kWebSocketTypes;
}

std::optional<int64_t> ToNumber(PyObject* value, PyObject* key) {
  if (!PyLong_Check(value)) {
    PyErr_Format(PyExc_TypeError, "%R of the message must be an int, not %R", key, value);
    return std::nullopt;
  }
  const int64_t number = PyLong_AsLongLong(value);
  if (number == -1 && PyErr_Occurred()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Message::Type> Message::type(Scope scope) const {
  if (!PyDict_Check(dict_)) {
    PyErr_Format(PyExc_TypeError, "a message must be a dict, not %R", dict_);
    return std::nullopt;
  }
  PyObject* const type = Find(Names::kType);
  if (PyUnicode_Check(type) && python::IsNative(type)) {
    for (const auto& [text, known] : TypesOf(scope)) {
      if (python::NativeBytes(type) == text) return known;
    }
  }
  PyErr_Format(PyExc_ValueError, "a message of type %R cannot be sent in %s scope", type,
               scope == Scope::kHttp ? "an HTTP" : "a WebSocket");
  return std::nullopt;
}

PyObject* Message::Find(Names::Name key) const {
  PyObject* const value = PyDict_GetItemWithError(dict_, names_[key]);
  if (value != nullptr) return value;
  PyErr_Clear();  // interned names hash and compare without an error
  return Py_None;
}

std::optional<int64_t> Message::Number(Names::Name key) const {
  return ToNumber(Find(key), names_[key]);
}

std::optional<int64_t> Message::Number(Names::Name key, int64_t otherwise) const {
  PyObject* const value = Find(key);
  return value == Py_None ? otherwise : ToNumber(value, names_[key]);
}

bool Message::Flag(Names::Name key) const {
  PyObject* const value = Find(key);
  if (value == Py_False || value == Py_None) return false;
  const int truth = PyObject_IsTrue(value);
  if (truth < 0) PyErr_Clear();
  return truth > 0;
}

std::optional<std::string_view> Message::Text(Names::Name key) const {
  PyObject* const value = Find(key);
  if (value == Py_None) return std::string_view();
  if (!PyUnicode_Check(value)) {
    PyErr_Format(PyExc_TypeError, "%R of the message must be a str, not %.100s", names_[key],
                 Py_TYPE(value)->tp_name);
    return std::nullopt;
  }
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(value, &size);
  if (text == nullptr) return std::nullopt;
  return std::string_view(text, static_cast<size_t>(size));
}

python::Ref Message::Bytes(Names::Name key) const {
  PyObject* const value = Find(key);
  if (PyBytes_Check(value)) return python::Ref::Borrow(value);
  if (value == Py_None) return python::Ref::Steal(PyBytes_FromStringAndSize(nullptr, 0));
  if (PyByteArray_Check(value) || PyMemoryView_Check(value)) {
    return python::Ref::Steal(PyBytes_FromObject(value));
  }
  PyErr_Format(PyExc_TypeError, "%R of the message must be bytes, not %.100s", names_[key],
               Py_TYPE(value)->tp_name);
  return {};
}

}  // namespace monoceros::asgi
