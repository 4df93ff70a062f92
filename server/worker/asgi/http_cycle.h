// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/asgi/cycle.h"
#include "worker/asgi/request_body.h"
#include "worker/asgi/response.h"

namespace monoceros::asgi {

// One HTTP request and its response (ASGI, "HTTP").
class HttpCycle final : public Cycle {
 public:
  HttpCycle(Handler& handler, Opening opening);

  Outcome Receive(python::Ref& message) override;
  Outcome Send(const void* sender, PyObject* message) override;
  void GiveUp(const void* sender) override;
  void News() override;

 private:
  python::Ref MakeScope() override;
  void Conclude(const python::Ref& error) override;

  bool client_left() const { return exchange_ == nullptr || exchange_->half_closed(); }
  python::Ref RequestMessage(const python::Ref& piece, bool more) const;
  Outcome ReceiveBody(python::Ref& message);
  void EndResponse();
  void Fail();

  RequestBody body_;
  Response response_;
  bool request_given_ = false;  // with its last piece
  bool broken_ = false;         // the request is not whole
};

}  // namespace monoceros::asgi
