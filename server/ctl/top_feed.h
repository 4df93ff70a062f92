// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "ctl/client.h"

namespace monoceros::ctl {

// The last two statuses of a running pool, watched by a thread of its own.
class TopFeed {
 public:
  struct Pair {
    std::shared_ptr<const v1::Status> now;     // null: none came yet
    std::shared_ptr<const v1::Status> before;  // the same as `now` after the first
  };

  // `client` outlives it, and is cancelled before it ends.
  TopFeed(Client& client, double interval);
  ~TopFeed();

  Pair Latest() const;
  // Why there will be no more; nothing while there will.
  std::optional<Failure> Ended() const;

 private:
  void Run(Client& client, double interval);

  mutable std::mutex mutex_;
  Pair pair_;
  std::optional<Failure> ended_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace monoceros::ctl
