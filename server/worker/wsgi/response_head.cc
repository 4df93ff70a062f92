// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/response_head.h"

#include <charconv>
#include <string_view>

#include "worker/python/exclusive.h"
#include "worker/python/ref.h"
#include "worker/python/text.h"

namespace monoceros::wsgi {
namespace {

bool Refuse(PyObject* type, const char* format, PyObject* culprit) {
  PyErr_Format(type, format, culprit);
  return false;
}

bool RefuseName(PyObject* name) {
  return Refuse(PyExc_ValueError, "%R is not a valid header name", name);
}

bool RefuseValue(PyObject* entry) {
  return Refuse(PyExc_ValueError, "the header %R has characters that cannot be sent", entry);
}

}  // namespace

bool HeadEncoder::Encode(PyObject* status, PyObject* headers, EncodedHead& head) {
  // The views of the fields are into strings that the list holds.
  const python::Exclusive alone(headers);
  if (!ReadStatus(status) || !ReadFields(headers)) return false;
  head.bytes.clear();
  fields_.Encode(status_, reason_, head.bytes);
  if (head.bytes.size() > http::kMaxHeadBytes) {
    PyErr_SetString(PyExc_ValueError, "the response headers are longer than 64 KiB");
    return false;
  }
  head.status = status_;
  head.content_length = fields_.content_length();
  return true;
}

bool HeadEncoder::EncodeInterim(uint16_t status, PyObject* headers, std::string& bytes) {
  const python::Exclusive alone(headers);
  if (!ReadFields(headers)) return false;
  bytes.clear();
  fields_.Encode(status, {}, bytes);
  return true;
}

bool HeadEncoder::ReadStatus(PyObject* status) {
  if (!PyUnicode_Check(status)) {
    return Refuse(PyExc_TypeError, "the status must be a str, not %R", status);
  }
  if (!python::IsNative(status) || http::HasControls(python::NativeBytes(status))) {
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
  status_ = code;
  reason_ = text.size() > 4 ? text.substr(4) : std::string_view();
  return true;
}

bool HeadEncoder::ReadFields(PyObject* headers) {
  fields_.Clear();
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
  if (!python::IsNative(name)) return RefuseName(name);
  if (!python::IsNative(value)) return RefuseValue(entry);
  switch (fields_.Add({python::NativeBytes(name), python::NativeBytes(value)})) {
    case http::ResponseFields::Verdict::kGood:
      return true;
    case http::ResponseFields::Verdict::kBadName:
      return RefuseName(name);
    case http::ResponseFields::Verdict::kBadValue:
      return RefuseValue(entry);
    case http::ResponseFields::Verdict::kBadLength:
      break;
  }
  return Refuse(PyExc_ValueError, "the header %R is not one valid length", entry);
}

}  // namespace monoceros::wsgi
