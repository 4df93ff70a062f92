// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace monoceros::asgi {

// How far one step of an awaitable came.
enum class Outcome {
  kDone,
  kWait,    // to be tried again when the channel has news
  kFailed,  // an exception is pending
};

}  // namespace monoceros::asgi
