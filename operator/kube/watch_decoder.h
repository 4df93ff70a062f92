// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kube/client.h"

namespace monoceros::kube {

// The bytes of a watch, cut anywhere, as events: JSON documents that end with a line end.
class WatchDecoder {
 public:
  static constexpr size_t kMaxEvent = 3 * 1024 * 1024;

  // `what` begins errors' messages.
  WatchDecoder(std::string what, std::function<void(WatchEvent)> each)
      : what_(std::move(what)), each_(std::move(each)) {}

  // An ERROR event is its Status as an error; an event over the limit, or that is none, is one too.
  // To be fed no more after an error.
  Result<void> Feed(std::string_view bytes);

 private:
  Result<void> Take(std::string_view line);
  tl::unexpected<Error> Refuse(const std::string& why) const;

  std::string what_;
  std::function<void(WatchEvent)> each_;
  std::string rest_;  // of the last bytes: the event they begin
};

}  // namespace monoceros::kube
