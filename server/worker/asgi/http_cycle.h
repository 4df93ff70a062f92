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

  bool client_left() const;
  bool input_over() const;
  python::Ref RequestMessage(const python::Ref& piece, bool more) const;
  Outcome ReceiveBody(python::Ref& message);
  void BeginTunnel();
  void EndResponse();
  void Fail();

  RequestBody body_;
  Response response_;
  const bool may_switch_;       // the request asks for another protocol
  bool tunnel_ = false;         // it was answered with 101
  bool request_given_ = false;  // with its last piece
  bool broken_ = false;         // the request is not whole
};

}  // namespace monoceros::asgi
