// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "worker/python/ref.h"
#include "worker/python/text.h"
#include "worker/wsgi/field_name.h"

namespace monoceros::wsgi {
namespace {

// Bounded, so that a head always fits into the channel's arena.
constexpr size_t kMaxHeadBytes = 64 * 1024;

constexpr std::array<std::string_view, 7> kHopByHop = {
    "keep-alive", "proxy-authenticate", "proxy-authorization",
    "te",         "trailers",           "transfer-encoding",
    "upgrade"};

constexpr auto kTokenCharacters = [] {
  std::array<bool, 256> allowed{};
  for (int c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) allowed[c] = allowed[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) allowed[c] = true;
  return allowed;
}();

bool IsToken(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return kTokenCharacters[c]; });
}

// Control characters; of them only the tab may be sent (RFC 9110 section 5.5).
bool HasControls(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

bool IsHopByHop(const channel::Field& field) {
  if (EqualsIgnoringCase(field.name, "connection")) {
    return !EqualsIgnoringCase(field.value, "close");
  }
  return std::any_of(kHopByHop.begin(), kHopByHop.end(),
                     [&](std::string_view name) { return EqualsIgnoringCase(field.name, name); });
}

bool Refuse(PyObject* type, const char* format, PyObject* culprit) {
  PyErr_Format(type, format, culprit);
  return false;
}

std::optional<uint64_t> ParseLength(std::string_view text) {
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

}  // namespace

bool HeadEncoder::Encode(PyObject* status, PyObject* headers, EncodedHead& head) {
  if (!ReadStatus(status) || !ReadFields(headers)) return false;
  head.bytes.clear();
  channel::Encode(head_, head.bytes);
  if (head.bytes.size() > kMaxHeadBytes) {
    PyErr_SetString(PyExc_ValueError, "the response headers are longer than 64 KiB");
    return false;
  }
  head.status = head_.status;
  head.content_length = content_length_;
  return true;
}

bool HeadEncoder::EncodeInterim(uint16_t status, PyObject* headers, std::string& bytes) {
  head_.status = status;
  head_.reason = {};
  if (!ReadFields(headers)) return false;
  bytes.clear();
  channel::Encode(head_, bytes);
  return true;
}

bool HeadEncoder::ReadStatus(PyObject* status) {
  if (!PyUnicode_Check(status)) {
    return Refuse(PyExc_TypeError, "the status must be a str, not %R", status);
  }
  if (!python::IsNative(status) || HasControls(python::NativeBytes(status))) {
    return Refuse(PyExc_ValueError, "the status %R has characters that cannot be sent", status);
  }
  const std::string_view text = python::NativeBytes(status);
  uint16_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  const bool three_digits = error == std::errc() && end == text.data() + 3;
  if (!three_digits || (text.size() > 3 && text[3] != ' ')) {
    return Refuse(PyExc_ValueError, "the status %R is not of the form \"200 OK\"", status);
  }
  if (code < 200 || code > 599) {
    return Refuse(PyExc_ValueError, "the status %R is not between 200 and 599", status);
  }
  head_.status = code;
  head_.reason = text.size() > 4 ? text.substr(4) : std::string_view();
  return true;
}

bool HeadEncoder::ReadFields(PyObject* headers) {
  head_.fields.clear();
  content_length_.reset();
  const python::Ref sequence =
      python::Ref::Steal(PySequence_Fast(headers, "the headers must be a list of tuples"));
  if (!sequence) return false;
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence.get());
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!ReadField(PySequence_Fast_GET_ITEM(sequence.get(), i))) return false;
  }
  // The views live as long as the strings in the list, so a list that was made here must not go.
  if (sequence.get() != headers) {
    PyErr_SetString(PyExc_TypeError, "the headers must be a list of tuples");
    return false;
  }
  return true;
}

bool HeadEncoder::ReadField(PyObject* entry) {
  if (!PyTuple_Check(entry) || PyTuple_GET_SIZE(entry) != 2) {
    return Refuse(PyExc_TypeError, "a header must be a tuple (name, value), not %R", entry);
  }
  PyObject* const name = PyTuple_GET_ITEM(entry, 0);
  PyObject* const value = PyTuple_GET_ITEM(entry, 1);
  if (!PyUnicode_Check(name) || !PyUnicode_Check(value)) {
    return Refuse(PyExc_TypeError, "header name and value must be of type str: %R", entry);
  }
  if (!python::IsNative(name) || !IsToken(python::NativeBytes(name))) {
    return Refuse(PyExc_ValueError, "%R is not a valid header name", name);
  }
  if (!python::IsNative(value) || HasControls(python::NativeBytes(value))) {
    return Refuse(PyExc_ValueError, "the header %R has characters that cannot be sent", entry);
  }
  if (!AddField({python::NativeBytes(name), python::NativeBytes(value)})) {
    return Refuse(PyExc_ValueError, "the header %R is not one valid length", entry);
  }
  return true;
}

bool HeadEncoder::AddField(channel::Field field) {
  if (EqualsIgnoringCase(field.name, "content-length")) {
    const std::optional<uint64_t> length = ParseLength(field.value);
    if (!length || (content_length_ && content_length_ != length)) return false;
    if (content_length_) return true;
    content_length_ = length;
  }
  if (!IsHopByHop(field)) head_.fields.push_back(field);
  return true;
}

}  // namespace monoceros::wsgi
