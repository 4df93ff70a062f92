// SPDX-License-Identifier: Apache-2.0
#include "channel/router_channel.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "channel/kill_point.h"
#include "channel/sleepers.h"
#include "channel/slot_set.h"

namespace monoceros::channel {

base::Result<std::unique_ptr<RouterEnd>> RouterEnd::Attach(RouterFds fds) {
  auto mapping = Mapping::Map(fds.memory.get());
  if (!mapping) return tl::make_unexpected(mapping.error());
  if ((*mapping)->header().ring_tail.load(std::memory_order_relaxed) != 0) {
    return base::Fail("channel memory: another router has used this channel");
  }
  return std::make_unique<RouterChannel>(std::move(*mapping), std::move(fds));
}

RouterChannel::Record::Record(Mapping& mapping, Arena& arena, Slot& slot)
    : shared(slot),
      request(arena, mapping.geometry().request_window, slot.request, slot.request_acked),
      response(mapping.response_blocks(), mapping.geometry().response_window, slot.response,
               slot.response_acked) {}

RouterChannel::RouterChannel(std::shared_ptr<Mapping> mapping, RouterFds fds)
    : mapping_(std::move(mapping)),
      header_(mapping_->header()),
      router_bell_(std::move(fds.router_bell)),
      worker_bell_(std::move(fds.worker_bell)),
      descriptors_(std::move(fds.socket), [this](uint64_t tag) { return IsStale(tag); }),
      arena_(mapping_->request_blocks(), mapping_->shape().slots, false),
      records_(mapping_->shape().slots),
      free_slots_(mapping_->shape().slots) {
  std::iota(free_slots_.rbegin(), free_slots_.rend(), 0U);
}

RouterChannel::~RouterChannel() {
  CloseChannel(*mapping_);
  ::eventfd_write(worker_bell_.get(), 1);
}

// --- Giving work ---------------------------------------------------------------------------------

std::optional<SlotIndex> RouterChannel::Open(uint64_t request_id) {
  if (broken_ || free_slots_.empty() || !RingHasRoom()) return std::nullopt;
  const SlotIndex slot = free_slots_.back();
  free_slots_.pop_back();
  MONOCEROS_KILL_POINT(kOpened);
  if (!records_[slot]) {
    records_[slot] = std::make_unique<Record>(*mapping_, arena_, mapping_->slot(slot));
  }
  Record& opened = record(slot);
  ++opened.sequence;
  opened.request_id = request_id;
  opened.state = State::kOpen;
  opened.taken = false;
  opened.request.Begin({});
  opened.response.Begin();
  ++open_unassigned_;
  // relaxed: the worker looks at a slot only after it has seen it assigned.
  opened.shared.request.published.store(0, std::memory_order_relaxed);
  opened.shared.request.restart_position.store(0, std::memory_order_relaxed);
  opened.shared.request_acked.store(0, std::memory_order_relaxed);
  opened.shared.response.published.store(0, std::memory_order_relaxed);
  opened.shared.response.restart_position.store(0, std::memory_order_relaxed);
  opened.shared.response_acked.store(0, std::memory_order_relaxed);
  opened.shared.disconnected.store(0, std::memory_order_relaxed);
  opened.shared.taken_at.store(0, std::memory_order_relaxed);
  opened.shared.gil_wait.store(-1, std::memory_order_relaxed);
  opened.shared.cpu.store(-1, std::memory_order_relaxed);
  opened.shared.run_queue.store(-1, std::memory_order_relaxed);
  opened.shared.waiter.store(0, std::memory_order_relaxed);
  opened.shared.request_id.store(request_id, std::memory_order_relaxed);
  MONOCEROS_KILL_POINT(kSlotReset);
  return slot;
}

// Every open exchange must find room when it is published.
bool RouterChannel::RingHasRoom() {
  // Written by worker threads; acquire: they have read the entries that are written over.
  const uint64_t head = header_.ring_head.load(std::memory_order_acquire);
  broken_ = broken_ || head < last_head_ || head > tail_;
  last_head_ = head;
  return !broken_ && tail_ - head + open_unassigned_ < mapping_->geometry().ring_entries;
}

uint64_t RouterChannel::CountUnpassed() const {
  const uint64_t head = header_.ring_head.load(std::memory_order_relaxed);
  return head < tail_ ? tail_ - head : 0;  // RingHasRoom judges a head beyond the tail
}

size_t RouterChannel::Write(SlotIndex slot, FrameType type, std::span<const std::byte> payload) {
  if (broken_) return 0;
  StreamWriter& request = record(slot).request;
  size_t written = request.Write(type, payload);
  const bool short_of_room = written < payload.size() || request.backlogged();
  if (short_of_room && request.starved() && ReclaimIdle()) {
    request.PushBacklog();
    written += request.Write(FrameType::kData, payload.subspan(written));
  }
  broken_ = broken_ || request.broken();
  MONOCEROS_KILL_POINT(kRequestWritten);
  return written;
}

size_t RouterChannel::Credit(SlotIndex slot) const {
  return broken_ ? 0 : record(slot).request.Credit();
}

void RouterChannel::Publish(SlotIndex slot) {
  Record& published = record(slot);
  if (published.state == State::kOpen) {
    Assign(slot, published);
  } else {
    PublishMore(slot, published);
  }
}

void RouterChannel::PublishMore(SlotIndex slot, Record& record) {
  if (!record.request.has_unpublished()) return;
  record.request.Publish();
  MONOCEROS_KILL_POINT(kRequestPublished);
  NoteNews(slot, record);
}

void RouterChannel::Assign(SlotIndex slot, Record& record) {
  record.request.Publish();
  MONOCEROS_KILL_POINT(kRequestPublished);
  record.state = State::kAssigned;
  record.assigned_at = base::MonotonicNow();
  --open_unassigned_;
  // release: whoever takes the slot sees its counters and the request stream.
  record.shared.state.store(Tagged(record.sequence, kStateAssigned), std::memory_order_release);
  MONOCEROS_KILL_POINT(kAssigned);
  mapping_->ring_entry(tail_).store(Tagged(record.sequence, slot), std::memory_order_relaxed);
  // seq_cst (and so release, for the entry): Ring then looks who sleeps, while a thread or the
  // loop announces that it sleeps and then looks here. One of the two sees the other.
  header_.ring_tail.store(++tail_, std::memory_order_seq_cst);
  MONOCEROS_KILL_POINT(kInRing);
  ++assigned_since_ring_;
}

bool RouterChannel::Revoke(SlotIndex slot) {
  Record& revoked = record(slot);
  if (revoked.state != State::kAssigned) return false;
  uint64_t state = Tagged(revoked.sequence, kStateAssigned);
  const uint64_t free = Tagged(revoked.sequence, kStateFree);
  // Decides against a worker thread's swap to "taken"; acquire and release as with a lock.
  if (!revoked.shared.state.compare_exchange_strong(state, free, std::memory_order_acq_rel)) {
    broken_ = broken_ || state != Tagged(revoked.sequence, kStateTaken);
    return false;
  }
  MONOCEROS_KILL_POINT(kRevoked);
  GiveBack(slot, revoked);
  return true;
}

void RouterChannel::GiveBack(SlotIndex slot, Record& record) {
  record.request.Reset();
  resident_bytes_ -= record.response.outstanding();
  record.response.Begin();
  record.state = State::kFree;
  free_slots_.push_back(slot);
}

void RouterChannel::Ring() {
  if (assigned_since_ring_ == 0 && news_.empty()) return;
  WakeSleepers(header_, mapping_->shape().threads, assigned_since_ring_);
  for (const SlotIndex slot : news_) {
    record(slot).has_news = false;
    WakeWaiter(mapping_->slot(slot));
  }
  news_.clear();
  assigned_since_ring_ = 0;
  // seq_cst, after the seq_cst stores of the news; see Assign and MarkSlot. The exchange makes it
  // one bell for each announcement.
  if (header_.loop_sleeping.load(std::memory_order_seq_cst) != 0 &&
      header_.loop_sleeping.exchange(0, std::memory_order_acq_rel) != 0) {
    ::eventfd_write(worker_bell_.get(), 1);
  }
  MONOCEROS_KILL_POINT(kRang);
}

void RouterChannel::NoteNews(SlotIndex slot, Record& record) {
  if (mapping_->shape().threads == 0) MarkSlot(header_.news, slot);
  if (record.has_news) return;
  record.has_news = true;
  news_.push_back(slot);
}

// --- Sleeping ------------------------------------------------------------------------------------

bool RouterChannel::PrepareToSleep() {
  // seq_cst: the worker marks a slot and then looks here; see MarkSlot.
  header_.router_sleeping.store(1, std::memory_order_seq_cst);
  MONOCEROS_KILL_POINT(kRouterAnnounced);
  if (!HasSlots(header_.dirty) || broken_) return true;
  WokeUp();
  return false;
}

void RouterChannel::WokeUp() {
  // relaxed: at worst the worker rings once for nothing.
  if (header_.router_sleeping.load(std::memory_order_relaxed) == 0) return;
  header_.router_sleeping.store(0, std::memory_order_relaxed);
}

void RouterChannel::Trim() {
  ReclaimIdle();
  arena_.Trim();
}

// Requests that the worker has read hold blocks until their exchange ends. Whether any did.
bool RouterChannel::ReclaimIdle() {
  const uint32_t before = arena_.extra();
  for (const auto& record : records_) {
    if (record && record->state == State::kAssigned) record->request.Reclaim();
  }
  return arena_.extra() > before;
}

}  // namespace monoceros::channel
