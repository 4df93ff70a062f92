// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/http/response_fields.h"

namespace monoceros::wsgi {

// A response head ready for the channel.
struct EncodedHead {
  std::string bytes;  // channel::Encode of a ResponseHead
  uint16_t status = 0;
  std::optional<uint64_t> content_length;  // bytes, as the application declared
};

// Checks what an application gives to start_response and encodes it. Keeps its buffers from request
// to request. One thread; needs the GIL.
class HeadEncoder {
 public:
  // PEP 3333: `status` is a native string "NNN reason", 200 to 599; `headers` a list of tuples of
  // native strings, names are tokens (RFC 9110 section 5.6.2), values without CR, LF or NUL.
  // Hop-by-hop fields are left out, as they are the server's business, except Connection: close.
  // False with TypeError or ValueError pending; `head` is then unchanged.
  bool Encode(PyObject* status, PyObject* headers, EncodedHead& head);

  // The same for an informational response of `status` without a reason.
  bool EncodeInterim(uint16_t status, PyObject* headers, std::string& bytes);

 private:
  bool ReadStatus(PyObject* status);
  bool ReadFields(PyObject* headers);
  bool ReadField(PyObject* entry);

  http::ResponseFields fields_;
  uint16_t status_ = 0;
  std::string_view reason_;
};

}  // namespace monoceros::wsgi
