// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <memory>

#include "channel/worker_end.h"

namespace monoceros::worker {

// What an event loop runs: the exchanges of one channel at a time. Used by the loop's thread, with
// the GIL.
class LoopExchanges {
 public:
  // From now on exchanges come from `end`. The clients of those before are gone.
  virtual void Follow(std::shared_ptr<channel::WorkerEnd> end) = 0;
  // Begins what was just taken.
  virtual void Begin(channel::Exchange& exchange) = 0;
  // The channel has news of it.
  virtual void News(channel::Exchange& exchange) = 0;
  // The channel is closed: all its clients are gone.
  virtual void Lose() = 0;
  // Looks at time limits of its own. About once a second.
  virtual void Beat() {}
  // The worker drains: what has no end of its own is to be ended. May come more than once.
  virtual void Leave() {}
  // As Interruptible::Interrupt.
  virtual bool Interrupt(uint64_t exchange, PyObject* exception) = 0;
  // Nothing runs.
  virtual bool idle() const = 0;

 protected:
  ~LoopExchanges() = default;
};

// Whose loop it is.
class LoopOwner {
 public:
  // What runs a request is over.
  virtual void OnEnded() = 0;
  // This process is a child that the application forked, and control has come back from the
  // application; an exception may be pending. Does not return.
  [[noreturn]] virtual void OnForkedChild() = 0;

 protected:
  ~LoopOwner() = default;
};

}  // namespace monoceros::worker
