// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace monoceros::base {

// A failed system call: the operation, its arguments and errno in one message, for example
// "open(/run/x): Permission denied".
class SystemError : public std::system_error {
 public:
  SystemError(int error, const std::string& operation)
      : std::system_error(error, std::generic_category(), operation) {}
  int error() const { return code().value(); }
};

// Calls `call` again while it fails with EINTR; returns its last result.
template <typename Call>
auto RetryOnEintr(Call&& call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

// Returns `result`, or throws SystemError naming the operation (a fmt pattern) when it is negative.
template <typename Int, typename... Args>
Int Check(Int result, fmt::format_string<Args...> operation, Args&&... args) {
  if (result < 0) {
    const int error = errno;
    throw SystemError(error, fmt::format(operation, std::forward<Args>(args)...));
  }
  return result;
}

}  // namespace monoceros::base
