// SPDX-License-Identifier: Apache-2.0
#include "channel/worker_end.h"

#include <unistd.h>

#include <mutex>
#include <utility>
#include <vector>

#include "channel/descriptors.h"
#include "channel/futex.h"
#include "channel/kill_point.h"
#include "channel/mapping.h"
#include "channel/sleepers.h"
#include "channel/slot_set.h"
#include "channel/taken_exchange.h"
#include "channel/worker_channel.h"

namespace monoceros::channel {
namespace {

class WorkerEndImpl final : public WorkerEnd {
 public:
  WorkerEndImpl(std::shared_ptr<Mapping> mapping, WorkerFds fds)
      : channel_(std::move(mapping), std::move(fds)) {
    const uint32_t count = channel_.mapping().shape().slots;
    for (uint32_t i = 0; i < count; ++i) {
      exchanges_.push_back(std::make_unique<TakenExchange>(channel_, i));
    }
    channel_.reclaim_idle = [this] {
      for (const auto& exchange : exchanges_) exchange->ReclaimIdle();
    };
  }

  ~WorkerEndImpl() override {
    if (channel_.in_forked_child()) channel_.mapping().Forget();
  }

  Exchange* TryTake() override {
    while (!closed()) {
      uint64_t entry;
      if (!Pop(entry)) return nullptr;
      MONOCEROS_KILL_POINT(kPopped);
      const uint64_t slot = LowOf(entry);
      if (slot >= exchanges_.size()) return Abandon(), nullptr;  // the router broke the protocol
      if (exchanges_[slot]->Take(SequenceOf(entry))) return exchanges_[slot].get();
    }
    return nullptr;
  }

  Taken Wait(uint32_t thread, base::Nanoseconds limit) override {
    const base::Nanoseconds deadline = limit < 0 ? -1 : base::MonotonicNow() + limit;
    for (;;) {
      if (closed()) return {WaitStatus::kClosed};
      if (Exchange* exchange = TryTake()) return {WaitStatus::kExchange, exchange};
      if (TakePoke(thread)) return {WaitStatus::kPoked};
      if (deadline >= 0 && base::MonotonicNow() >= deadline) return {WaitStatus::kTimeout};
      Sleep(thread, deadline);
    }
  }

  void PokeThread(uint32_t thread) override {
    if (channel_.in_forked_child()) return;
    WakeThread(channel_.header(), thread, kWordPoked);
  }

  bool PrepareToSleep() override {
    if (closed()) return false;
    Header& header = channel_.header();
    // seq_cst: the router stores its news and then looks whether the loop sleeps.
    header.loop_sleeping.store(1, std::memory_order_seq_cst);
    MONOCEROS_KILL_POINT(kLoopAnnounced);
    if (!RingHasWork() && !HasSlots(header.news)) return true;
    WokeUp();
    return false;
  }

  void WokeUp() override {
    if (channel_.in_forked_child()) return;
    channel_.header().loop_sleeping.store(0, std::memory_order_relaxed);
    uint64_t rung;
    // EAGAIN: it did not ring.
    if (::read(channel_.worker_bell(), &rung, sizeof rung) < 0) return;
  }

  int bell() const override { return channel_.worker_bell(); }

  void CollectDirty(const std::function<void(Exchange&)>& visit) override {
    if (closed()) return;
    DrainSlots(channel_.header().news, channel_.mapping().shape().slots, [&](uint32_t slot) {
      TakenExchange& exchange = *exchanges_[slot];
      if (exchange.ending()) {
        exchange.GoOnEnding();
      } else if (exchange.taken()) {
        visit(exchange);
      }
    });
  }

  void Abandon() override {
    if (!channel_.in_forked_child()) CloseChannel(channel_.mapping());
  }

  void Trim() override {
    if (channel_.in_forked_child()) return;
    channel_.reclaim_idle();
    channel_.responses().Trim();
  }

  bool closed() const override { return channel_.closed(); }
  const Shape& shape() const override { return channel_.mapping().shape(); }

 private:
  bool RingHasWork() {
    const Header& header = channel_.header();
    return header.ring_head.load(std::memory_order_relaxed) !=
           header.ring_tail.load(std::memory_order_seq_cst);
  }

  // Wins the oldest entry of the ring against the other threads.
  bool Pop(uint64_t& entry) {
    Header& header = channel_.header();
    uint64_t head = header.ring_head.load(std::memory_order_relaxed);
    for (;;) {
      // seq_cst: pairs with the bit that a thread sets before it sleeps; see Sleep.
      if (head == header.ring_tail.load(std::memory_order_seq_cst)) return false;
      entry = channel_.mapping().ring_entry(head).load(std::memory_order_relaxed);
      // The router reuses an entry only after it saw the head beyond it: then this swap fails.
      if (header.ring_head.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel)) {
        return true;
      }
    }
  }

  // The thread's word holds a poke, or the master poked everybody since this thread last saw it.
  bool TakePoke(uint32_t thread) {
    Header& header = channel_.header();
    const uint32_t word = header.thread_words[thread].exchange(0, std::memory_order_acquire);
    const uint32_t pokes = header.poke.load(std::memory_order_seq_cst);
    const bool all = std::exchange(channel_.seen_pokes[thread], pokes) != pokes;
    return all || (word & kWordPoked) != 0;
  }

  void Sleep(uint32_t thread, base::Nanoseconds deadline) {
    Header& header = channel_.header();
    std::atomic<uint64_t>& sleepers = header.sleepers[thread / 64];
    const uint64_t bit = uint64_t{1} << (thread % 64);
    // seq_cst: announced first, then looked again; whoever brings news does it the other way round.
    sleepers.fetch_or(bit, std::memory_order_seq_cst);
    MONOCEROS_KILL_POINT(kSleepAnnounced);
    const bool poked = header.poke.load(std::memory_order_seq_cst) != channel_.seen_pokes[thread];
    if (!poked && !RingHasWork() && header.closed.load(std::memory_order_seq_cst) == 0) {
      FutexWait(header.thread_words[thread], 0, deadline);
    }
    // A waker that cleared the bit meanwhile has woken us for its news: the caller looks again.
    sleepers.fetch_and(~bit, std::memory_order_seq_cst);
  }

  WorkerChannel channel_;
  std::vector<std::unique_ptr<TakenExchange>> exchanges_;  // by slot
};

}  // namespace

base::Result<std::unique_ptr<WorkerEnd>> WorkerEnd::Attach(WorkerFds fds) {
  auto mapping = Mapping::Map(fds.memory.get());
  if (!mapping) return tl::make_unexpected(mapping.error());
  (*mapping)->ForbidFork();
  return std::make_unique<WorkerEndImpl>(*mapping, std::move(fds));
}

}  // namespace monoceros::channel
