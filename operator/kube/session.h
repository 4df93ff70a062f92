// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <string>

#include "kube/client.h"
#include "kube/connection_pool.h"
#include "kube/credentials.h"
#include "kube/http.h"
#include "kube/token_bucket.h"

namespace monoceros::kube {

// Requests to one API server: connections, credentials, our own rate limit, and what is tried
// again. Knows nothing of resources.
class Session {
 public:
  Session(boost::asio::any_io_executor executor, Access access, ClientOptions options);

  // The answer's JSON. Waits its turn by the rate limit first; the deadline counts from then.
  Awaitable<Result<Json>> Call(HttpRequest request);
  // A watch on a connection of its own; a value when the server ended it.
  Awaitable<Result<void>> Follow(HttpRequest request, WatchOptions options,
                                 std::function<void(WatchEvent)> each);

  base::Logger* log() const { return options_.log; }

 private:
  Awaitable<Result<Json>> CallInTurn(HttpRequest request, SteadyTime deadline);
  Awaitable<Outcome<HttpResponse>> Send(HttpRequest request, SteadyTime deadline);
  Awaitable<Outcome<HttpResponse>> Exchange(HttpRequest request, SteadyTime deadline);
  Awaitable<Outcome<HttpResponse>> Through(std::unique_ptr<Connection> connection,
                                           HttpRequest request, SteadyTime deadline);
  Awaitable<Outcome<HttpResponse>> Open(HttpRequest request, Follower follower);
  Awaitable<void> Sleep(std::chrono::nanoseconds time);
  Outcome<void> Sign(HttpRequest& request);
  void Observe(const HttpRequest& request, SteadyTime started, int status) const;
  std::string What(const HttpRequest& request) const;
  Error ErrorOf(const Fault& fault, const HttpRequest& request) const;

  boost::asio::any_io_executor executor_;
  Access access_;
  ClientOptions options_;
  std::string origin_;  // "10.96.0.1:443"
  Credentials credentials_;
  ConnectionPool pool_;
  TokenBucket bucket_;
};

}  // namespace monoceros::kube
