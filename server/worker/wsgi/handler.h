// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <string>

#include "base/log.h"
#include "channel/heads.h"
#include "channel/worker_end.h"
#include "worker/classes/interruption.h"
#include "worker/python/gil.h"
#include "worker/python/ref.h"
#include "worker/wsgi/callbacks.h"
#include "worker/wsgi/environ.h"
#include "worker/wsgi/patience.h"
#include "worker/wsgi/request_body.h"
#include "worker/wsgi/request_meter.h"
#include "worker/wsgi/response.h"
#include "worker/wsgi/types.h"

namespace monoceros::wsgi {

// What all threads of a process share.
struct Application {
  python::Ref callable;
  Types types;
  EnvironBase environ;
  bool sendfile = true;
  // An exception of this type was thrown into the request to end it, and is nobody's mistake. May
  // be none.
  python::Ref killed;
};

// Runs exchanges through a WSGI application, one at a time, and keeps everything that can be used
// again for the next one. One per thread, or per greenlet that runs; made, used and destroyed with
// the GIL. In a greenlet it must not lie on a stack: stacks of greenlets are swapped out.
class Handler {
 public:
  // All outlive the handler.
  Handler(const Application& application, const python::GilStamps& stamps, Patience& patience,
          RequestMeter& meter, base::Logger& logger);

  // Runs one exchange to its end: the application's errors are logged and answered here. In a child
  // that the application forked it returns when the application does, nothing is sent, and an
  // exception of the application is left pending.
  void Run(channel::Exchange& exchange);

  // How the application is interrupted in what Run runs.
  worker::Interruption& interruption() { return interruption_; }

 private:
  bool ReadHead(channel::Exchange& exchange);
  // Each returns false with an exception pending.
  bool CallAndSend();
  python::Ref Call();
  bool Send(PyObject* body);
  bool SendSequence(PyObject* body);
  bool SendIterable(PyObject* body);
  bool SendChunk(PyObject* chunk);
  // Sends what a file wrapper stands for by its descriptor; false when it cannot.
  bool SendFile(PyObject* body);
  // Calls body.close() if there is one, with the pending exception put aside.
  bool Close(PyObject* body, bool flush);

  void Finish();
  void HandleError();
  void GiveUp();

  const Application& application_;
  const python::GilStamps& stamps_;
  Patience& patience_;
  RequestMeter& meter_;
  base::Logger& logger_;
  std::string head_bytes_;
  channel::RequestHead head_;
  EnvironMaker environs_;
  RequestBody body_;
  Lent input_;
  Response response_;
  Callbacks callbacks_;
  worker::Interruption interruption_;
};

}  // namespace monoceros::wsgi
