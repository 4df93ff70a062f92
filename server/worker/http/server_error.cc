// SPDX-License-Identifier: Apache-2.0
#include "worker/http/server_error.h"

#include "channel/heads.h"

namespace monoceros::http {

void EncodeServerError(std::string& bytes) {
  channel::ResponseHead head;
  head.status = kServerError;
  head.reason = "Internal Server Error";
  const std::string length = std::to_string(kServerErrorBody.size());
  head.fields = {{"Content-Type", "text/plain; charset=utf-8"}, {"Content-Length", length}};
  channel::Encode(head, bytes);
}

}  // namespace monoceros::http
