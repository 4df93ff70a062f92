// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <memory>
#include <vector>

#include "base/fork_canary.h"
#include "base/log.h"
#include "channel/worker_end.h"
#include "worker/asgi/application.h"
#include "worker/classes/loop/loop_exchanges.h"
#include "worker/python/gil.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

class Cycle;

// One channel, and the cycles whose exchanges it carries.
struct Link {
  explicit Link(std::shared_ptr<channel::WorkerEnd> channel)
      : end(std::move(channel)), by_slot(end->shape().slots) {}

  std::shared_ptr<channel::WorkerEnd> end;
  std::vector<Cycle*> by_slot;  // null: no exchange
};

using worker::LoopOwner;

// Runs exchanges through an ASGI application, each in a task of the event loop. One per process;
// made, used and destroyed by the loop's thread with the GIL.
class Handler {
 public:
  // All outlive the handler.
  Handler(Application& application, const python::GilStamps& stamps, base::Logger& logger,
          LoopOwner& owner)
      : application_(application), stamps_(stamps), logger_(logger), owner_(owner) {}
  ~Handler();

  // Begins what was just taken from `link`.
  void Begin(const std::shared_ptr<Link>& link, channel::Exchange& exchange);
  // The channel has news of it.
  void News(const Link& link, const channel::Exchange& exchange);
  // The channel is closed: all its clients are gone.
  void Lose(const Link& link);
  // No task runs.
  bool idle() const { return cycles_.empty(); }

  // --- For cycles --------------------------------------------------------------------------
  void Remove(Cycle& cycle);
  Application& application() { return application_; }
  const python::GilStamps& stamps() const { return stamps_; }
  base::Logger& logger() { return logger_; }
  LoopOwner& owner() { return owner_; }

 private:
  void Launch(const python::Ref& object, Cycle& cycle);

  Application& application_;
  const python::GilStamps stamps_;
  base::Logger& logger_;
  LoopOwner& owner_;
  std::vector<python::Ref> cycles_;  // objects of cycles that are not over; each knows its place
};

}  // namespace monoceros::asgi
