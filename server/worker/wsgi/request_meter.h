// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "channel/worker_end.h"

namespace monoceros::wsgi {

// Is told what runs, and asked what it has cost.
class RequestMeter {
 public:
  // What the request asks for; the target without its query.
  virtual void Name(std::string_view method, std::string_view path) = 0;
  // Tells the router what the exchange has cost so far; to be called before the head of the
  // response is published, and before the exchange is finished.
  virtual void Report(channel::Exchange& exchange) = 0;

 protected:
  ~RequestMeter() = default;
};

// Where requests share a thread: nobody knows what one of them has cost.
class NoMeter final : public RequestMeter {
 public:
  void Name(std::string_view, std::string_view) override {}
  void Report(channel::Exchange&) override {}
};

}  // namespace monoceros::wsgi
