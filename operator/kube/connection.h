// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "kube/access.h"
#include "kube/http.h"

namespace monoceros::kube {

// One HTTP/1.1 connection, over TLS or plain. One request at a time; after a fault, or a cancelled
// wait, it is of no more use. A cancelled coroutine ends by system_error(operation_aborted).
class Connection {
 public:
  virtual ~Connection() = default;

  // One request and its whole answer.
  virtual boost::asio::awaitable<Outcome<HttpResponse>> Exchange(HttpRequest request,
                                                                 SteadyTime deadline) = 0;
  // One request whose successful answer is given to `follower` as it comes, until it ends; an
  // unsuccessful one is returned whole. `deadline` is the answer's header's.
  virtual boost::asio::awaitable<Outcome<HttpResponse>> Follow(HttpRequest request,
                                                               SteadyTime deadline,
                                                               Follower follower) = 0;
  // Whether another request may be sent: the last answer allows it, and the peer has neither closed
  // nor sent anything since.
  virtual bool Usable() = 0;
};

// Connects, and shakes hands where it is TLS.
boost::asio::awaitable<Outcome<std::unique_ptr<Connection>>> Connect(Access access,
                                                                     SteadyTime deadline);

}  // namespace monoceros::kube
