// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace monoceros::base {

// What went wrong, as a sentence for people: what, where, and what to do.
struct Error {
  std::string message;
};

// A value or a handled error; errors of peers and of configuration travel this way.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Fail(std::string message) {
  return tl::make_unexpected(Error{std::move(message)});
}

}  // namespace monoceros::base
