// SPDX-License-Identifier: Apache-2.0
#include "channel/worker_channel.h"

#include <sys/eventfd.h>

#include <cstdlib>

#include "channel/futex.h"
#include "channel/kill_point.h"
#include "channel/sleepers.h"
#include "channel/slot_set.h"
#include "channel/worker_exchange.h"

namespace monoceros::channel {

base::Result<std::unique_ptr<WorkerEnd>> WorkerEnd::Attach(WorkerFds fds) {
  auto mapping = Mapping::Map(fds.memory.get());
  if (!mapping) return tl::make_unexpected(mapping.error());
  return std::make_unique<WorkerChannel>(std::move(*mapping), std::move(fds));
}

WorkerChannel::WorkerChannel(std::shared_ptr<Mapping> mapping, WorkerFds fds)
    : shape_(mapping->shape()),
      mapping_(std::move(mapping)),
      header_(mapping_->header()),
      router_bell_(std::move(fds.router_bell)),
      worker_bell_(std::move(fds.worker_bell)),
      descriptors_(std::move(fds.socket), [this](uint64_t tag) { return IsStale(tag); }),
      arena_(mapping_->response_blocks(), shape_.slots, true),
      exchanges_(shape_.slots),
      seen_pokes_(shape_.threads, header_.poke.load(std::memory_order_acquire)) {
  mapping_->ForbidFork();
}

WorkerChannel::~WorkerChannel() {
  if (InChild()) mapping_->Forget();
  for (auto& exchange : exchanges_) delete exchange.load(std::memory_order_relaxed);
}

bool WorkerChannel::closed() const {
  return InChild() || broken_.load(std::memory_order_acquire) ||
         header_.closed.load(std::memory_order_seq_cst) != 0;
}

// --- Taking --------------------------------------------------------------------------------------

Exchange* WorkerChannel::TryTake() {
  if (closed()) return nullptr;
  // Revoked entries are passed over; no more than the ring can hold, however fast the router is.
  for (uint32_t tries = 0; tries < mapping_->geometry().ring_entries; ++tries) {
    uint64_t entry;
    if (!Pop(entry)) return nullptr;
    MONOCEROS_KILL_POINT(kPopped);
    if (WorkerExchange* taken = Take(entry)) return taken;
  }
  return nullptr;
}

bool WorkerChannel::Pop(uint64_t& entry) {
  uint64_t head = header_.ring_head.load(std::memory_order_acquire);
  while (true) {
    // seq_cst for threads that have just announced that they sleep; acquire for the entry.
    const uint64_t tail = header_.ring_tail.load(std::memory_order_seq_cst);
    if (head == tail) return false;
    // The router writes over an entry only after it has seen a later head: then the swap fails.
    entry = mapping_->ring_entry(head).load(std::memory_order_relaxed);
    const bool plausible = tail - head <= mapping_->geometry().ring_entries;
    if (header_.ring_head.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                                std::memory_order_acquire)) {
      if (plausible) return true;
      Break();
      return false;
    }
  }
}

WorkerExchange* WorkerChannel::Take(uint64_t entry) {
  const uint64_t slot = LowOf(entry);
  if (slot >= shape_.slots) {
    Break();
    return nullptr;
  }
  const uint64_t sequence = SequenceOf(entry);
  uint64_t state = Tagged(sequence, kStateAssigned);
  // Decides against the router's swap to "free". acquire: we see the slot and the request.
  if (!mapping_->slot(slot).state.compare_exchange_strong(state, Tagged(sequence, kStateTaken),
                                                          std::memory_order_acq_rel,
                                                          std::memory_order_relaxed)) {
    // Revoked; the router may be waiting for room in the ring.
    MarkDirty(static_cast<uint32_t>(slot), true);
    return nullptr;
  }
  MONOCEROS_KILL_POINT(kTaken);
  WorkerExchange& exchange = ExchangeOf(static_cast<uint32_t>(slot));
  if (!exchange.Begin(sequence)) {
    Break();
    return nullptr;
  }
  // Nobody is woken: the router wants to know, but not at the price of a turn of its loop.
  MarkDirty(static_cast<uint32_t>(slot), false);
  return &exchange;
}

WorkerExchange& WorkerChannel::ExchangeOf(uint32_t slot) {
  // Only the thread that has taken the slot comes here; others read the pointer to reclaim.
  WorkerExchange* exchange = exchanges_[slot].load(std::memory_order_acquire);
  if (exchange != nullptr) return *exchange;
  auto created = std::make_unique<WorkerExchange>(*this, slot);
  WorkerExchange* expected = nullptr;
  // A hostile router may give one slot to two threads: the second uses the first one's object.
  if (!exchanges_[slot].compare_exchange_strong(expected, created.get(),
                                                std::memory_order_acq_rel)) {
    return *expected;
  }
  return *created.release();
}

// --- Blocking classes ----------------------------------------------------------------------------

Taken WorkerChannel::Wait(uint32_t thread, base::Nanoseconds limit) {
  if (InChild()) return {WaitStatus::kClosed};
  if (thread >= shape_.threads) std::abort();
  base::Nanoseconds deadline = -1;
  if (limit >= 0) deadline = base::MonotonicNow() + limit;
  while (true) {
    if (TakePoke(thread)) return LeaveEmpty(WaitStatus::kPoked);
    if (Exchange* taken = TryTake()) return {WaitStatus::kExchange, taken};
    if (closed()) return {WaitStatus::kClosed};
    if (deadline >= 0 && base::MonotonicNow() >= deadline) {
      return LeaveEmpty(WaitStatus::kTimeout);
    }
    Sleep(thread, deadline);
  }
}

void WorkerChannel::Sleep(uint32_t thread, base::Nanoseconds deadline) {
  std::atomic<uint32_t>& word = header_.thread_words[thread];
  std::atomic<uint64_t>& sleepers = header_.sleepers[thread / 64];
  const uint64_t bit = uint64_t{1} << (thread % 64);
  word.fetch_and(~kWordWork, std::memory_order_acquire);
  // seq_cst, before HasNews looks: whoever has news stores them and then looks for this bit.
  sleepers.fetch_or(bit, std::memory_order_seq_cst);
  MONOCEROS_KILL_POINT(kSleepAnnounced);
  if (!HasNews(thread)) FutexWait(word, 0, deadline);
  sleepers.fetch_and(~bit, std::memory_order_relaxed);
}

bool WorkerChannel::HasNews(uint32_t thread) const {
  return !RingIsEmpty() || closed() ||
         header_.poke.load(std::memory_order_seq_cst) != seen_pokes_[thread];
}

bool WorkerChannel::RingIsEmpty() const {
  return header_.ring_tail.load(std::memory_order_seq_cst) ==
         header_.ring_head.load(std::memory_order_acquire);
}

// A wake-up for work may have been spent on this thread: somebody else must get it.
Taken WorkerChannel::LeaveEmpty(WaitStatus status) {
  if (!RingIsEmpty()) WakeSleepers(header_, shape_.threads, 1);
  return {status};
}

bool WorkerChannel::TakePoke(uint32_t thread) {
  std::atomic<uint32_t>& word = header_.thread_words[thread];
  const uint32_t poke = header_.poke.load(std::memory_order_acquire);
  const bool poked = (word.load(std::memory_order_relaxed) & kWordPoked) != 0;
  if (poked) word.fetch_and(~kWordPoked, std::memory_order_acquire);
  return std::exchange(seen_pokes_[thread], poke) != poke || poked;
}

void WorkerChannel::PokeThread(uint32_t thread) {
  if (!InChild() && thread < shape_.threads) WakeThread(header_, thread, kWordPoked);
}

// --- Loop classes --------------------------------------------------------------------------------

bool WorkerChannel::PrepareToSleep() {
  if (InChild()) return false;
  // seq_cst: the router stores its news and then looks here; see RouterChannel::Ring.
  header_.loop_sleeping.store(1, std::memory_order_seq_cst);
  MONOCEROS_KILL_POINT(kLoopAnnounced);
  if (RingIsEmpty() && !HasSlots(header_.news) && !closed()) return true;
  header_.loop_sleeping.store(0, std::memory_order_relaxed);
  return false;
}

void WorkerChannel::WokeUp() {
  if (InChild()) return;
  header_.loop_sleeping.store(0, std::memory_order_relaxed);
  eventfd_t rings;
  ::eventfd_read(worker_bell_.get(), &rings);
}

void WorkerChannel::CollectDirty(const std::function<void(Exchange&)>& visit) {
  if (InChild()) return;
  DrainSlots(header_.news, shape_.slots, [this, &visit](uint32_t slot) {
    WorkerExchange* exchange = exchanges_[slot].load(std::memory_order_acquire);
    if (exchange != nullptr && exchange->OnNews()) visit(*exchange);
  });
}

// --- Upkeep --------------------------------------------------------------------------------------

void WorkerChannel::MarkDirty(uint32_t slot, bool ring) {
  MarkSlot(header_.dirty, slot);
  MONOCEROS_KILL_POINT(kDirtyMarked);
  // seq_cst, after MarkSlot: the router announces that it sleeps and then looks at the set. The
  // exchange makes it one bell for each announcement.
  if (ring && header_.router_sleeping.load(std::memory_order_seq_cst) != 0 &&
      header_.router_sleeping.exchange(0, std::memory_order_acq_rel) != 0) {
    ::eventfd_write(router_bell_.get(), 1);
  }
  MONOCEROS_KILL_POINT(kRouterRung);
}

bool WorkerChannel::ReclaimLeftovers() {
  bool any = false;
  for (auto& pointer : exchanges_) {
    WorkerExchange* exchange = pointer.load(std::memory_order_acquire);
    if (exchange != nullptr && exchange->ReclaimLeftover()) any = true;
  }
  return any;
}

// Streams that are quiet hold no block; a loop's are all in this thread.
void WorkerChannel::ReclaimIdle() {
  for (auto& pointer : exchanges_) {
    WorkerExchange* exchange = pointer.load(std::memory_order_acquire);
    if (exchange != nullptr) exchange->ReclaimIdle();
  }
}

bool WorkerChannel::IsStale(uint64_t tag) {
  if (LowOf(tag) >= shape_.slots) return true;
  // A later sequence is an exchange whose descriptor comes before its assignment.
  const uint64_t state = mapping_->slot(LowOf(tag)).state.load(std::memory_order_acquire);
  return SequenceOf(tag) < SequenceOf(state) ||
         (SequenceOf(tag) == SequenceOf(state) && LowOf(state) == kStateFree);
}

void WorkerChannel::Break() {
  broken_.store(true, std::memory_order_release);
  Abandon();
}

void WorkerChannel::Abandon() {
  if (InChild()) return;
  CloseChannel(*mapping_);
  ::eventfd_write(worker_bell_.get(), 1);
}

void WorkerChannel::Trim() {
  if (InChild()) return;
  ReclaimLeftovers();
  if (is_loop()) ReclaimIdle();
  arena_.Trim();
}

}  // namespace monoceros::channel
