// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace monoceros::kube {

// Why the API server did not do it: a Status object, or a fault on the way to it.
struct Error {
  int status = 0;       // the HTTP status; 0: no answer (connection, TLS, deadline)
  std::string reason;   // "NotFound", "AlreadyExists", "Conflict", "Expired", ...; or empty
  std::string message;  // a sentence: what was asked, where, and what came back
  std::optional<std::chrono::seconds> retry_after;

  bool IsNotFound() const { return status == 404; }
  bool IsAlreadyExists() const { return status == 409 && reason == "AlreadyExists"; }
  bool IsConflict() const { return status == 409 && reason == "Conflict"; }
  // The resourceVersion is too old: list again.
  bool IsExpired() const { return status == 410; }
  // The API server has not come to this resourceVersion, or never will: list again.
  bool IsAhead() const {
    return status == 504 && message.find("Too large resource version") != std::string::npos;
  }
  bool IsInvalid() const { return status == 422 || status == 400; }
  bool IsForbidden() const { return status == 403; }
};

template <typename T>
using Result = tl::expected<T, Error>;

}  // namespace monoceros::kube
