// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "channel/frame.h"
#include "channel/worker_end.h"
#include "worker/asgi/message.h"
#include "worker/asgi/outcome.h"
#include "worker/asgi/response_head.h"
#include "worker/python/gil.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

// One response on its way into the channel, message by message (ASGI, "Response Start" to
// "Response Body", and the extensions). The head leaves with the first message after it. Never
// waits; needs the GIL.
class Response {
 public:
  // All outlive the response.
  Response(const Names& names, const python::GilStamps& stamps, channel::Exchange& exchange)
      : names_(names), stamps_(stamps), exchange_(exchange) {}

  // `may_switch`: the request asks to switch protocols, and the channel can carry that.
  void Begin(bool head_request, bool may_switch) {
    head_request_ = head_request;
    may_switch_ = may_switch;
  }

  // One step of sending `message` for `sender`, which is any address that stands for it; kWait as
  // long as the channel has no credit, or another sender is not done.
  Outcome Send(const void* sender, PyObject* message);
  // `sender` gives up. What it has sent of its message by then is a torn response.
  void GiveUp(const void* sender);

  // The application has switched protocols: bytes go both ways, not the body of a response.
  bool tunnel() const { return tunnel_; }
  // The last message was sent; the exchange can be finished.
  bool complete() const { return phase_ == Phase::kComplete && writer_ == nullptr; }
  bool head_sent() const { return head_sent_; }
  // The body is not what was declared, or was torn: not to be made to look whole.
  bool broken() const;
  // Replaces whatever the application began by the server's 500. Only before head_sent().
  void Fail();

 private:
  enum class Phase { kHead, kBody, kTrailers, kComplete };

  Outcome Begin(PyObject* message);
  bool Start(const Message& message);
  bool Switch(const Message& message);
  bool BeginBody(const Message& message);
  bool AddTrailers(const Message& message);
  bool SendEarlyHint(const Message& message);
  bool SendPath(const Message& message);
  bool SendFile(const Message& message);
  bool WriteFile(int fd, uint64_t offset, uint64_t length);
  Outcome Continue();
  bool Expect(Phase phase, const char* what);
  void SendHead();
  void Write(channel::FrameType type, std::string_view bytes);
  void EndBody(bool more);
  uint64_t room() const;

  const Names& names_;
  const python::GilStamps& stamps_;
  channel::Exchange& exchange_;
  HeadEncoder encoder_;
  Phase phase_ = Phase::kHead;
  std::string head_;  // encoded
  int64_t status_ = 0;
  std::optional<uint64_t> content_length_;  // bytes, as declared
  uint64_t written_ = 0;                    // bytes of the body
  bool head_request_ = false;
  bool may_switch_ = false;
  bool tunnel_ = false;
  bool head_sent_ = false;
  bool trailers_follow_ = false;
  bool torn_ = false;
  const void* writer_ = nullptr;  // whose message is under way
  python::Ref body_;              // of that message
  size_t body_done_ = 0;          // bytes of it
  size_t body_size_ = 0;
  bool more_body_ = false;
};

}  // namespace monoceros::asgi
