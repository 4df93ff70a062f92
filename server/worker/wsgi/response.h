// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <span>
#include <string>

#include "channel/frame.h"
#include "channel/worker_end.h"
#include "worker/python/gil.h"
#include "worker/wsgi/patience.h"
#include "worker/wsgi/request_meter.h"
#include "worker/wsgi/response_head.h"

namespace monoceros::wsgi {

// One response on its way into the channel. The head leaves with the first byte of the body, or
// with the end, so that an application may change its mind until then (PEP 3333, exc_info).
// Kept from request to request by one thread; needs the GIL, and gives it up to wait.
class Response {
 public:
  // All outlive the response.
  Response(const python::GilStamps& stamps, Patience& patience, RequestMeter& meter)
      : stamps_(stamps), patience_(patience), meter_(meter) {}

  // `exchange` outlives the response.
  void Begin(channel::Exchange& exchange, bool head_request);

  // start_response. `exc_info` may be null or None. False with an exception pending.
  bool Start(PyObject* status, PyObject* headers, PyObject* exc_info);
  // 103 Early Hints, sent at once. False with an exception pending.
  bool SendEarlyHints(PyObject* headers);

  // Appends one chunk of the body, which must be bytes; what goes beyond the declared
  // Content-Length is dropped. Nothing is visible to the router before Flush or Finish, unless the
  // credit is used up. False with an exception pending.
  bool Write(PyObject* chunk);
  // Appends `length` bytes of the regular file `fd`, from `offset`; at most room() of them, and not
  // none. Only after started().
  void WriteFile(int fd, uint64_t offset, uint64_t length);
  void Flush();

  // Replaces whatever the application began by the server's 500. Only before head_sent(). False
  // with an exception pending.
  bool Fail();
  // The end of the body. Finish is for a whole one, Abort for one that broke off.
  void Finish();
  void Abort();

  bool started() const { return started_; }
  bool head_sent() const { return head_sent_; }
  // An exception came in the middle of a chunk: the rest of the body would not fit.
  bool torn() const { return torn_; }
  // The body is shorter than the declared Content-Length, and somebody waits for the rest.
  bool too_short() const;
  // Nobody wants the rest.
  bool gone() const { return gone_ || exchange_->disconnected(); }
  // Bytes of the body that may still be sent.
  uint64_t room() const;

 private:
  void SendHead();
  void ReportWithHead();
  bool WriteData(std::span<const std::byte> bytes);
  bool WaitWritable();

  const python::GilStamps& stamps_;
  Patience& patience_;
  RequestMeter& meter_;
  channel::Exchange* exchange_ = nullptr;
  HeadEncoder encoder_;
  EncodedHead head_;
  uint64_t written_ = 0;  // bytes of the body
  bool head_request_ = false;
  bool started_ = false;
  bool head_sent_ = false;
  bool flushed_ = false;
  bool reported_ = false;  // with the head
  bool gone_ = false;
  bool torn_ = false;
};

}  // namespace monoceros::wsgi
