// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/fork_canary.h"
#include "channel/arena.h"
#include "channel/descriptors.h"
#include "channel/mapping.h"
#include "channel/worker_end.h"

namespace monoceros::channel {

class WorkerExchange;

// WorkerEnd over a mapping, and what its exchanges need from it.
class WorkerChannel final : public WorkerEnd {
 public:
  // `mapping` may be shared with a RouterChannel of the same process (tests do).
  // Throws base::SystemError.
  WorkerChannel(std::shared_ptr<Mapping> mapping, WorkerFds fds);
  ~WorkerChannel() override;

  Exchange* TryTake() override;
  Taken Wait(uint32_t thread, base::Nanoseconds limit) override;
  void PokeThread(uint32_t thread) override;

  bool PrepareToSleep() override;
  void WokeUp() override;
  int bell() const override { return worker_bell_.get(); }
  void CollectDirty(const std::function<void(Exchange&)>& visit) override;

  void Abandon() override;
  void Trim() override;
  bool closed() const override;
  const Shape& shape() const override { return shape_; }

  // --- For exchanges -----------------------------------------------------------------------
  bool InChild() const { return guard_.InChild(); }
  bool is_loop() const { return shape_.threads == 0; }
  Mapping& mapping() { return *mapping_; }
  Arena& arena() { return arena_; }
  Descriptors& descriptors() { return descriptors_; }
  // Tells the router that the slot was touched; `ring`: wakes it if it sleeps.
  void MarkDirty(uint32_t slot, bool ring);
  // Frees blocks of exchanges that the router has closed. Whether there were any.
  bool ReclaimLeftovers();
  void ReclaimIdle();
  // The router broke the protocol: the channel counts as closed.
  void Break();

 private:
  bool RingIsEmpty() const;
  bool Pop(uint64_t& entry);
  WorkerExchange* Take(uint64_t entry);
  WorkerExchange& ExchangeOf(uint32_t slot);
  bool TakePoke(uint32_t thread);
  bool HasNews(uint32_t thread) const;
  void Sleep(uint32_t thread, base::Nanoseconds deadline);
  Taken LeaveEmpty(WaitStatus status);
  bool IsStale(uint64_t tag);

  const base::ForkCanary guard_;
  const Shape shape_;
  std::shared_ptr<Mapping> mapping_;
  Header& header_;
  base::Fd router_bell_;
  base::Fd worker_bell_;
  Descriptors descriptors_;
  Arena arena_;
  // By slot; made by whoever first takes the slot, never replaced.
  std::vector<std::atomic<WorkerExchange*>> exchanges_;
  std::vector<uint32_t> seen_pokes_;  // by thread, which alone touches its own
  std::atomic<bool> broken_ = false;
};

}  // namespace monoceros::channel
