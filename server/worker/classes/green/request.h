// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "channel/worker_end.h"
#include "worker/classes/green/greenlets.h"
#include "worker/classes/worker.h"
#include "worker/python/ref.h"
#include "worker/wsgi/handler.h"
#include "worker/wsgi/patience.h"
#include "worker/wsgi/request_meter.h"

namespace monoceros::worker {

class GreenRequest;

// Whose requests they are.
class GreenOwner {
 public:
  // The request has ended, and its slot may be another's.
  virtual void OnEnded(GreenRequest& request) = 0;
  // Nothing waits in the request any more: it can be used again.
  virtual void OnUnused(GreenRequest& request) = 0;
  // This is a child that the application forked, and the request has come to its end there.
  virtual void OnEndedInChild() = 0;

 protected:
  ~GreenOwner() = default;
};

// One exchange in a greenlet of its own; used again for the next, in another greenlet. Lies on the
// heap: the stacks of greenlets are swapped out. Needs the GIL.
class GreenRequest final : private wsgi::Patience {
 public:
  // All outlive the request.
  GreenRequest(Worker& worker, const python::GilStamps& stamps, const Greenlets& greenlets,
               GreenOwner& owner);

  // Hub only: runs `exchange` of `end` in a new greenlet until it waits for the first time.
  void Begin(std::shared_ptr<channel::WorkerEnd> end, channel::Exchange& exchange);
  // Whoever waits for the exchange looks again.
  void Wake();

  // As Interruptible::Interrupt, for the exchange that runs here.
  bool Interrupt(uint64_t exchange, PyObject* exception);

  const python::Ref& greenlet() const { return greenlet_; }
  uint64_t request_id() const { return exchange_ == nullptr ? 0 : exchange_->request_id(); }
  uint32_t slot() const { return slot_; }
  size_t place() const { return place_; }
  void SetPlace(size_t place) { place_ = place; }

 private:
  bool AwaitReadable(channel::Exchange& exchange) override;
  bool AwaitWritable(channel::Exchange& exchange) override;
  bool Pause() override;
  bool Park();
  void Run();
  void End();

  Worker& worker_;
  const Greenlets& greenlets_;
  GreenOwner& owner_;
  wsgi::NoMeter meter_;
  wsgi::Handler handler_;
  python::Ref function_;  // calls Run
  python::Ref waiter_;
  python::Ref greenlet_;
  std::shared_ptr<channel::WorkerEnd> end_;
  channel::Exchange* exchange_ = nullptr;  // null: it has ended
  uint32_t slot_ = 0;
  size_t place_ = 0;              // among those that run
  size_t parked_ = 0;             // greenlets of the application that wait here
  base::Nanoseconds resumed_at_;  // since when this greenlet has not let others run
};

}  // namespace monoceros::worker
