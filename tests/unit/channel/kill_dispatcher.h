// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>

#include "channel_pair.h"
#include "kill_support.h"

namespace monoceros::channel::testing {

// A small router: gives requests to one channel, feeds their bodies, reads the responses, revokes
// and disconnects some. One that is revoked goes to the head of the queue.
class KillDispatcher {
 public:
  KillDispatcher();

  // Requests go to this channel from now on.
  void Use(RouterFds fds);
  // The worker of the channel in use is dead: what it had not taken is queued again, what it had
  // is lost unless the response is complete. The channel is gone afterwards.
  void WorkerDied();

  // One turn: keeps a few requests open, with new ones from `next_id` below `end_id`.
  void Turn(uint64_t& next_id, uint64_t end_id);
  bool idle() const { return queue_.empty() && open_.empty(); }

  const std::set<uint64_t>& done() const { return done_; }
  const std::set<uint64_t>& lost() const { return lost_; }
  bool broken() const { return broken_; }

 private:
  struct Open {
    uint64_t id;
    std::string body;  // not yet written
    bool body_ended = false;
    bool disconnected = false;
    Response response;
  };

  void Assign(uint64_t id);
  void Feed(SlotIndex slot, Open& open);
  void Follow(SlotIndex slot);
  void TryRevoke(SlotIndex slot);

  std::unique_ptr<RouterEnd> router_;
  base::Fd epoll_;
  std::deque<uint64_t> queue_;
  std::map<SlotIndex, Open> open_;
  std::set<uint64_t> revoked_;  // once each, so that all come to an end
  std::set<uint64_t> done_;
  std::set<uint64_t> lost_;
  bool broken_ = false;
};

}  // namespace monoceros::channel::testing
