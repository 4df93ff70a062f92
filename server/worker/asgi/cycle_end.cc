// SPDX-License-Identifier: Apache-2.0
// How an exchange ends: well, by the server's 500, or visibly broken off.
#include <fmt/format.h>

#include "worker/asgi/cycle.h"
#include "worker/python/error.h"

namespace monoceros::asgi {

using python::Ref;

// The response is complete. The application may go on; the client need not wait for it.
void Cycle::Finish() {
  if (response_.broken()) {
    handler_.logger().Error("The response to {} is shorter than its Content-Length", head_.target);
    return Abort();
  }
  exchange_->Finish();
  Leave();
}

void Cycle::Abort() {
  if (exchange_ == nullptr) return;
  exchange_->Abort();
  Leave();
}

// The slot may be another exchange's from now on.
void Cycle::Leave() {
  exchange_ = nullptr;
  link_->by_slot[slot_] = nullptr;
  Wake(receivers_);
  Wake(senders_);
}

void Cycle::Complete(const Ref& error) {
  if (completed_) return;
  completed_ = true;
  if (error) {
    Log(error);
  } else if (!client_left()) {
    handler_.logger().Error("The application returned without a whole response to {}",
                            head_.target);
  }
  if (exchange_ != nullptr) Fail();
  task_.Reset();
  handler_.Remove(*this);
}

bool Cycle::Interrupted(const Ref& error) const {
  if (!interrupted_) return false;
  return PyErr_GivenExceptionMatches(error.get(), interrupted_.get()) ||
         PyErr_GivenExceptionMatches(error.get(), handler_.application().cancelled.get());
}

void Cycle::Log(const Ref& error) {
  if (Interrupted(error)) {
    return handler_.logger().Warning("{} {} was interrupted (request_timeout)", head_.method,
                                     head_.path);
  }
  // What fails because the client has left is nobody's mistake.
  const bool gone = exchange_ != nullptr && exchange_->disconnected();
  const bool left =
      PyErr_GivenExceptionMatches(error.get(), handler_.application().types.disconnected.get());
  const auto level = gone || left ? base::LogLevel::kDebug : base::LogLevel::kError;
  if (!handler_.logger().Enabled(level)) return;
  handler_.logger().Write(
      level, fmt::format("Error handling request {}\n{}", head_.target, python::Describe(error)));
}

// The application left its response unfinished. The client learns of it: by a status while that is
// possible.
void Cycle::Fail() {
  if (exchange_->disconnected() || response_.head_sent()) return Abort();
  response_.Fail();
  exchange_->Finish();
  Leave();
}

}  // namespace monoceros::asgi
