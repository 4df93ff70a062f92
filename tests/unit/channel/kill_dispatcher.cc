// SPDX-License-Identifier: Apache-2.0
#include "kill_dispatcher.h"

namespace monoceros::channel::testing {

KillDispatcher::KillDispatcher() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

void KillDispatcher::Use(RouterFds fds) {
  router_ = *RouterEnd::Attach(std::move(fds));
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, router_->bell(), &event);
}

void KillDispatcher::Turn(uint64_t& next_id, uint64_t end_id) {
  while (queue_.size() + open_.size() < 3 && next_id < end_id) queue_.push_back(next_id++);
  while (!queue_.empty() && open_.size() < router_->shape().slots) {
    const uint64_t id = queue_.front();
    queue_.pop_front();
    Assign(id);
    if (queue_.size() > 3) break;  // the ring is full
  }
  router_->Ring();
  if (router_->PrepareToSleep()) {
    epoll_event event;
    ::epoll_wait(epoll_.get(), &event, 1, 2);
  }
  router_->WokeUp();
  router_->CollectDirty([this](SlotIndex slot) { Follow(slot); });
  router_->Ring();
  broken_ = broken_ || router_->broken();
}

void KillDispatcher::Assign(uint64_t id) {
  const auto slot = router_->Open(id);
  if (!slot) return queue_.push_front(id);
  Open& open = open_[*slot];
  open = {.id = id, .body = RequestBodyOf(id)};
  router_->Write(*slot, FrameType::kHead, Bytes(RequestHeadOf(id)));
  Feed(*slot, open);
  if (id % 5 == 2 && revoked_.insert(id).second) TryRevoke(*slot);
}

void KillDispatcher::Feed(SlotIndex slot, Open& open) {
  open.body.erase(0, router_->Write(slot, FrameType::kData, Bytes(open.body)));
  if (open.body.empty() && !open.body_ended) {
    router_->Write(slot, FrameType::kEnd, {});
    open.body_ended = true;
  }
  router_->Publish(slot);
}

void KillDispatcher::TryRevoke(SlotIndex slot) {
  if (!router_->Revoke(slot)) return;
  queue_.push_front(open_[slot].id);
  open_.erase(slot);
}

void KillDispatcher::Follow(SlotIndex slot) {
  const auto found = open_.find(slot);
  if (found == open_.end()) return;
  Open& open = found->second;
  if (!open.body_ended) Feed(slot, open);
  if (open.id % 7 == 3 && !open.disconnected && router_->IsTaken(slot)) {
    router_->Disconnect(slot);
    open.disconnected = true;
  }
  Drain(*router_, slot, open.response);
  if (!open.response.ended) return;
  const bool whole =
      open.response.head == RequestHeadOf(open.id) && open.response.body == ResponseBodyOf(open.id);
  if (!open.disconnected && !whole) broken_ = true;
  done_.insert(open.id);
  open_.erase(found);
}

void KillDispatcher::WorkerDied() {
  std::vector<SlotIndex> slots;
  for (const auto& [slot, open] : open_) slots.push_back(slot);
  for (const SlotIndex slot : slots) {
    if (router_->Revoke(slot)) {
      queue_.push_front(open_[slot].id);
      open_.erase(slot);
      continue;
    }
    Follow(slot);
    if (!open_.contains(slot)) continue;
    lost_.insert(open_[slot].id);
    open_.erase(slot);
  }
  broken_ = broken_ || router_->broken();
  router_.reset();
}

}  // namespace monoceros::channel::testing
