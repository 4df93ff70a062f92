// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <memory>
#include <vector>

#include "worker/classes/green/greenlets.h"
#include "worker/classes/green/request.h"
#include "worker/classes/loop/loop_exchanges.h"
#include "worker/classes/worker.h"

namespace monoceros::worker {

// The exchanges of a worker that runs WSGI in greenlets: each is a greenlet. Lies on the heap.
// Needs the GIL.
class GreenExchanges final : public LoopExchanges, public GreenOwner {
 public:
  // All outlive this.
  GreenExchanges(Worker& worker, const Greenlets& greenlets, LoopOwner& owner)
      : worker_(worker), stamps_(worker.gil_stamps(0)), greenlets_(greenlets), owner_(owner) {}

  void Follow(std::shared_ptr<channel::WorkerEnd> end) override;
  void Begin(channel::Exchange& exchange) override;
  void News(channel::Exchange& exchange) override;
  void Lose() override;
  bool Interrupt(uint64_t exchange, PyObject* exception) override;
  bool idle() const override { return running_.empty(); }

  // Nothing waits in any request, not even greenlets that outlive theirs.
  bool quiet() const { return unused_.size() == all_.size(); }
  // Main greenlet: throws into all that run, and gives them a moment to end.
  void Kill();

 private:
  void OnEnded(GreenRequest& request) override;
  void OnUnused(GreenRequest& request) override;
  void OnEndedInChild() override;
  GreenRequest& TakeUnused();

  Worker& worker_;
  const python::GilStamps stamps_;
  const Greenlets& greenlets_;
  LoopOwner& owner_;
  std::shared_ptr<channel::WorkerEnd> end_;
  std::vector<GreenRequest*> by_slot_;  // of end_; null: no exchange
  std::vector<GreenRequest*> running_;  // of any channel; each knows its place
  std::vector<GreenRequest*> unused_;
  std::vector<std::unique_ptr<GreenRequest>> all_;
};

}  // namespace monoceros::worker
