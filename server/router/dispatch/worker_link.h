// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_loop.h"
#include "base/fd.h"
#include "channel/router_end.h"
#include "router/dispatch/exchange.h"

namespace monoceros::router {

// What the master says of a worker when it hands it over.
struct WorkerDescription {
  uint64_t incarnation = 0;
  uint32_t row = 0;
  int pid = 0;
  uint32_t capacity = 1;
  std::string worker_class;
};

// The dispatcher's view of one worker: its channel, the exchanges in it, and how busy it is. Its
// death is learnt from the pidfd. One thread.
class WorkerLink {
 public:
  WorkerLink(WorkerDescription description, std::unique_ptr<channel::RouterEnd> channel,
             base::Fd pidfd, Dispatcher& dispatcher, base::EventLoop& loop);
  ~WorkerLink();
  WorkerLink(const WorkerLink&) = delete;
  WorkerLink& operator=(const WorkerLink&) = delete;

  // Puts the exchange into the channel: it is assigned from here. False when the channel has no
  // room just now.
  bool Assign(Exchange& exchange);
  // Takes back an exchange that the worker has not taken. False when it has.
  bool Revoke(Exchange& exchange);
  // Gives the exchange up for its owner; what the worker still writes is thrown away.
  void Abandon(Exchange& exchange);
  // The same for one that ran too long: the dispatcher hears of its end.
  void Forsake(Exchange& exchange);
  // Writes more of the request body as credit allows. Of an open body, what a worker has taken is
  // dropped.
  void FeedBody(Exchange& exchange);
  // Tells the worker when the client of an assigned exchange has half-closed.
  void TellHalfClosed(const Exchange& exchange);
  // Writes bytes of an upgraded exchange's client to the worker, as far as credit reaches; how
  // many.
  size_t Feed(Exchange& exchange, std::string_view bytes);
  // How many Feed would take now. When it is none the exchange is visited once there is more.
  size_t FeedCredit(const Exchange& exchange) const;
  // The client of an upgraded exchange sends nothing more.
  void EndFeed(Exchange& exchange);
  // The exchange takes part in nothing that is measured by requests any more. In a loop, where it
  // costs next to nothing while it is quiet, it gives its capacity back and keeps only its slot.
  void MarkStream(Exchange& exchange);
  // The worker's last frame was read: the worker can take another one. The slot stays in use until
  // Close, because the frames' payloads may still be on their way to the client.
  void MarkEnded(Exchange& exchange);
  // Copies when the worker took it and what it has reported of its times so far.
  void ReadTimes(Exchange& exchange) const;
  void Close(Exchange& exchange);

  // Delivers what the worker has written since the last call.
  void Collect();
  void Ring();
  // See channel::RouterEnd.
  bool PrepareToSleep() { return channel_->PrepareToSleep(); }
  void WokeUp() { channel_->WokeUp(); }

  // Can run one more at once.
  bool HasCapacity() const { return running_ < description_.capacity && TakesWork(); }
  // Can be given one more ahead of time, so that it finds its next exchange without falling
  // asleep. It can be taken back until the worker takes it. Only a worker that ended an exchange
  // not long before `now`: behind a slow request nothing should wait.
  bool HasRoomAhead(base::Nanoseconds now) const;
  // How many exchanges it runs at once from now on; at least 1, at most the channel's slots.
  // Running ones go on; see ExtraUntaken.
  void SetCapacity(uint32_t capacity);
  // What it has not taken and has no capacity for, the newest first.
  std::vector<Exchange*> ExtraUntaken();
  // Has not taken an exchange that it could run now.
  bool LetsLie();
  // It has let one lie, or was behind, for more than a second.
  bool Stalled(base::Nanoseconds now);
  // Gives idle memory of its channel back, when something was put into it not long ago. Once a
  // second: what was idle at one call and is so at the next is given back.
  void Trim();
  // Exchanges that wait behind others of this worker.
  uint32_t ahead() const {
    return running_ > description_.capacity ? running_ - description_.capacity : 0;
  }
  // The exchange that has been assigned longest and is not taken; null when there is none.
  Exchange* OldestUntaken();
  // It let an exchange lie until it was taken back, or let its ring run full: it gets no more until
  // it has passed what is in its ring.
  void MarkBehind();
  // Assigned exchanges that the worker has not taken; forgets those it has.
  size_t CountUntaken();
  // Runs requests whose body still arrives.
  bool takes_open_bodies() const { return takes_open_bodies_; }
  uint32_t running() const { return running_; }
  // Streams that count against slots, not against capacity.
  uint32_t streams() const { return streams_; }
  bool dead() const { return dead_; }
  bool broken() const { return channel_->broken(); }
  bool draining() const { return draining_; }
  void SetDraining() { draining_ = true; }
  // Nobody waits for anything that it still runs.
  bool forsaken() const { return open_ == lost(); }
  // Exchanges that ran too long and still do.
  uint32_t lost() const { return static_cast<uint32_t>(lost_.size()); }
  const WorkerDescription& description() const { return description_; }
  uint32_t capacity() const { return description_.capacity; }
  uint32_t usable_capacity() const {
    return description_.capacity - std::min(description_.capacity, lost());
  }
  channel::RouterEnd& channel() { return *channel_; }
  // Every exchange still attached, in slot order.
  std::vector<Exchange*> Attached() const;

 private:
  struct DeathWatch final : base::EventHandler {
    explicit DeathWatch(WorkerLink& link) : link(link) {}
    void OnEvents(uint32_t events) override;
    WorkerLink& link;
  };
  struct BellWatch final : base::EventHandler {
    // Waking up is all that matters; the turn collects from every channel.
    void OnEvents(uint32_t) override {}
  };

  bool TakesWork() const {
    return !draining_ && !dead_ && !behind_ && open_ < channel_->shape().slots;
  }
  void CountOut(channel::SlotIndex slot);
  void FeedFile(Exchange& exchange);
  void DropFed(Exchange& exchange);
  void Visit(channel::SlotIndex slot);
  void DiscardFrames(channel::SlotIndex slot);
  void Detach(Exchange& exchange);
  void ForgetOrphan(channel::SlotIndex slot);

  WorkerDescription description_;
  const bool takes_open_bodies_;
  std::unique_ptr<channel::RouterEnd> channel_;
  base::Fd pidfd_;
  Dispatcher& dispatcher_;
  base::EventLoop& loop_;
  DeathWatch death_watch_;
  BellWatch bell_watch_;
  std::vector<Exchange*> by_slot_;               // null: free, or an orphan
  std::vector<bool> orphan_;                     // the slot's owner is gone
  std::map<channel::SlotIndex, uint64_t> lost_;  // of them, those that ran too long: their ids
  std::vector<bool> stream_;                     // the slot counts among streams_, not running_
  std::vector<Exchange*> untaken_;               // assigned and not yet seen as taken
  std::vector<Exchange*> files_to_send_;         // their spool file still has to be passed
  uint32_t ahead_;                               // most exchanges to give ahead of time
  base::Nanoseconds progress_at_ = 0;            // when it last ended an exchange
  uint32_t running_ = 0;  // assigned exchanges without an end, against capacity
  uint32_t streams_ = 0;  // endless exchanges of a loop, without an end
  uint32_t open_ = 0;     // slots in use, orphans too
  int trims_due_ = 0;     // calls of Trim that may find something
  bool draining_ = false;
  bool dead_ = false;
  bool behind_ = false;
  base::Nanoseconds behind_at_ = 0;  // since when, while it is
};

}  // namespace monoceros::router
