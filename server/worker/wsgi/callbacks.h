// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "worker/wsgi/lent.h"
#include "worker/wsgi/response.h"
#include "worker/wsgi/types.h"

namespace monoceros::wsgi {

// The callables an application gets for one request: start_response, the write callable that it
// returns, and wsgi.early_hints. One thread; needs the GIL; must not move.
class Callbacks {
 public:
  // `response` outlives this.
  Callbacks(const Types& types, Response& response);

  // Borrowed references, or null with an exception pending.
  PyObject* LendStartResponse() { return start_response_.Lend(); }
  PyObject* LendEarlyHints() { return early_hints_.Lend(); }
  PyObject* LendWrite() { return write_.Lend(); }
  // The request is over.
  void TakeBack();

  Response& response() { return response_; }

 private:
  Response& response_;
  Lent start_response_;
  Lent write_;
  Lent early_hints_;
};

}  // namespace monoceros::wsgi
