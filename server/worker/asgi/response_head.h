// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "worker/http/response_fields.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

// Checks the fields that an application sends (ASGI, "Response Start": an iterable of two-item
// iterables of byte strings) and encodes them. Needs the GIL.
class HeadEncoder {
 public:
  // A final head, `status` 200 to 599. `headers` may be None. False with an exception pending.
  bool Encode(int64_t status, PyObject* headers, std::string& bytes);
  // A head of status 101, which must have an Upgrade field. The same.
  bool EncodeSwitch(PyObject* headers, std::string& bytes);
  // Trailer fields.
  bool EncodeTrailers(PyObject* headers, std::string& bytes);
  // 103 Early Hints: one Link field for each byte string of the iterable `links`.
  bool EncodeEarlyHint(PyObject* links, std::string& bytes);

  // Of the head that was encoded last.
  const std::optional<uint64_t>& content_length() const { return fields_.content_length(); }

 private:
  bool ReadFields(PyObject* headers, bool switching = false);
  bool ReadField(PyObject* entry);
  bool ReadLink(PyObject* link);
  bool Add(PyObject* name, PyObject* value);

  http::ResponseFields fields_;
  // Whose bytes the fields are, until they are encoded: an iterable need not keep its items.
  std::vector<python::Ref> holders_;
};

}  // namespace monoceros::asgi
