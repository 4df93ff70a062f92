// SPDX-License-Identifier: Apache-2.0
// How a response ends: well, by the server's 500, or visibly broken off.
#include "worker/asgi/http_cycle.h"

namespace monoceros::asgi {

// The response is complete. The application may go on; the client need not wait for it.
void HttpCycle::EndResponse() {
  if (response_.broken()) {
    handler_.logger().Error("The response to {} is shorter than its Content-Length", head_.target);
    return Abort();
  }
  Finish();
}

void HttpCycle::Conclude(const python::Ref& error) {
  if (error) {
    Log(error, "request");
  } else if (!client_left()) {
    handler_.logger().Error("The application returned without a whole response to {}",
                            head_.target);
  }
  if (exchange_ != nullptr) Fail();
}

// The application left its response unfinished. The client learns of it: by a status while that is
// possible.
void HttpCycle::Fail() {
  if (exchange_->disconnected() || response_.head_sent()) return Abort();
  response_.Fail();
  Finish();
}

}  // namespace monoceros::asgi
