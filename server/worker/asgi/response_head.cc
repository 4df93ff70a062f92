// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/response_head.h"

#include <string_view>

namespace monoceros::asgi {
namespace {

using python::Ref;

constexpr uint16_t kSwitchingProtocols = 101;
constexpr uint16_t kEarlyHints = 103;

std::string_view ViewOf(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<size_t>(PyBytes_GET_SIZE(bytes))};
}

bool Refuse(PyObject* type, const char* format, PyObject* culprit) {
  PyErr_Format(type, format, culprit);
  return false;
}

template <typename Read>
bool ForEach(PyObject* iterable, std::vector<Ref>& holders, const char* complaint, Read read) {
  const Ref items = Ref::Steal(PySequence_Fast(iterable, complaint));
  if (!items) return false;
  holders.push_back(items);
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i) {
    if (!read(PySequence_Fast_GET_ITEM(items.get(), i))) return false;
  }
  return true;
}

}  // namespace

bool HeadEncoder::Encode(int64_t status, PyObject* headers, std::string& bytes) {
  if (status < 200 || status > 599) {
    PyErr_Format(PyExc_ValueError, "the status %lld is not between 200 and 599",
                 static_cast<long long>(status));
    return false;
  }
  bytes.clear();
  const bool read = ReadFields(headers);
  if (read) fields_.Encode(static_cast<uint16_t>(status), {}, bytes);
  holders_.clear();
  if (read && bytes.size() > http::kMaxHeadBytes) {
    PyErr_SetString(PyExc_ValueError, "the response headers are longer than 64 KiB");
    return false;
  }
  return read;
}

bool HeadEncoder::EncodeSwitch(PyObject* headers, std::string& bytes) {
  bytes.clear();
  const bool read = ReadFields(headers, true);
  if (read) fields_.Encode(kSwitchingProtocols, {}, bytes);
  holders_.clear();
  if (!read || fields_.has_upgrade()) return read;
  PyErr_SetString(PyExc_ValueError, "the headers of a 101 response must have Upgrade");
  return false;
}

bool HeadEncoder::EncodeTrailers(PyObject* headers, std::string& bytes) {
  bytes.clear();
  const bool read = ReadFields(headers);
  if (read) fields_.EncodeTrailers(bytes);
  holders_.clear();
  return read;
}

bool HeadEncoder::EncodeEarlyHint(PyObject* links, std::string& bytes) {
  bytes.clear();
  fields_.Clear();
  const bool read = ForEach(links, holders_, "links must be an iterable of bytes",
                            [this](PyObject* link) { return ReadLink(link); });
  if (read) fields_.Encode(kEarlyHints, {}, bytes);
  holders_.clear();
  return read;
}

bool HeadEncoder::ReadFields(PyObject* headers, bool switching) {
  fields_.Clear();
  if (switching) fields_.KeepUpgrade();
  if (headers == Py_None) return true;
  return ForEach(headers, holders_, "headers must be an iterable of pairs of bytes",
                 [this](PyObject* entry) { return ReadField(entry); });
}

bool HeadEncoder::ReadField(PyObject* entry) {
  const Ref pair = Ref::Steal(PySequence_Fast(entry, "a header must be a pair of bytes"));
  if (!pair) return false;
  if (pair.get() != entry) holders_.push_back(pair);
  if (PySequence_Fast_GET_SIZE(pair.get()) != 2) {
    return Refuse(PyExc_ValueError, "a header must be a pair (name, value), not %R", entry);
  }
  return Add(PySequence_Fast_GET_ITEM(pair.get(), 0), PySequence_Fast_GET_ITEM(pair.get(), 1));
}

bool HeadEncoder::ReadLink(PyObject* link) {
  if (!PyBytes_Check(link)) return Refuse(PyExc_TypeError, "a link must be bytes, not %R", link);
  if (fields_.Add({"Link", ViewOf(link)}) == http::ResponseFields::Verdict::kGood) return true;
  return Refuse(PyExc_ValueError, "the link %R has characters that cannot be sent", link);
}

bool HeadEncoder::Add(PyObject* name, PyObject* value) {
  if (!PyBytes_Check(name) || !PyBytes_Check(value)) {
    return Refuse(PyExc_TypeError, "header name and value must be bytes: %R",
                  PyBytes_Check(name) ? value : name);
  }
  switch (fields_.Add({ViewOf(name), ViewOf(value)})) {
    case http::ResponseFields::Verdict::kGood:
      return true;
    case http::ResponseFields::Verdict::kBadName:
      return Refuse(PyExc_ValueError, "%R is not a valid header name", name);
    case http::ResponseFields::Verdict::kBadValue:
      return Refuse(PyExc_ValueError, "the header value %R has characters that cannot be sent",
                    value);
    case http::ResponseFields::Verdict::kBadLength:
      break;
  }
  return Refuse(PyExc_ValueError, "the header value %R is not one valid length", value);
}

}  // namespace monoceros::asgi
