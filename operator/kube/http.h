// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace monoceros::kube {

using SteadyTime = std::chrono::steady_clock::time_point;

// One request as connections send it; the connection adds Host.
struct HttpRequest {
  std::string method;
  std::string target;
  std::string content_type;  // empty: no body
  std::string body;
  std::string user_agent;
  std::string authorization;  // empty: none
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::optional<std::chrono::seconds> retry_after;
};

// Why there is no answer.
struct Fault {
  std::string message;
  bool unanswered = false;  // the peer closed before the first byte of an answer
};

template <typename T>
using Outcome = tl::expected<T, Fault>;

// How the body of a successful answer is taken in as it comes.
struct Follower {
  // A connection that is silent for so long is given up.
  std::chrono::seconds idle{};
  // The answer is a success.
  std::function<void()> opened;
  // The next bytes; false: no more are wanted.
  std::function<bool(const std::string&)> piece;
};

}  // namespace monoceros::kube
