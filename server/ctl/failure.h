// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace monoceros::ctl {

// Exit statuses, documented in docs/monoctl.md.
enum class Exit {
  kOk = 0,
  kRefused = 1,      // the server refused, or rolled back
  kUsage = 2,        // the command line is wrong
  kUnreachable = 3,  // no server, or no agent of it
  kNotAllowed = 4,   // no right to do this
  kTimedOut = 5,     // no answer in time; a change goes on
};

// Why a command did not do what it should: a sentence for people.
struct Failure {
  Exit exit = Exit::kRefused;
  std::string message;
};

template <typename T>
using Reply = tl::expected<T, Failure>;

inline tl::unexpected<Failure> Fail(Exit exit, std::string message) {
  return tl::make_unexpected(Failure{exit, std::move(message)});
}

}  // namespace monoceros::ctl
