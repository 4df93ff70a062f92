// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/fork_canary.h"
#include "base/log.h"
#include "channel/heads.h"
#include "channel/worker_end.h"
#include "worker/asgi/application.h"
#include "worker/asgi/settings.h"
#include "worker/asgi/timers.h"
#include "worker/classes/loop/loop_exchanges.h"
#include "worker/python/gil.h"
#include "worker/python/ref.h"
#include "worker/websocket/message_writer.h"

namespace monoceros::asgi {

class Cycle;

// One channel, and the cycles whose exchanges it carries.
struct Link {
  explicit Link(std::shared_ptr<channel::WorkerEnd> channel)
      : end(std::move(channel)), by_slot(end->shape().slots) {}

  std::shared_ptr<channel::WorkerEnd> end;
  std::vector<Cycle*> by_slot;  // null: no exchange
};

// An exchange whose head is read.
struct Opening {
  std::shared_ptr<Link> link;
  channel::Exchange* exchange;
  std::string head_bytes;
  channel::RequestHead head;  // views into head_bytes
};

using worker::LoopOwner;

// Runs exchanges through an ASGI application, each in a task of the event loop. One per process;
// made, used and destroyed by the loop's thread with the GIL.
class Handler {
 public:
  // All outlive the handler.
  Handler(Application& application, const Settings& settings, const python::GilStamps& stamps,
          base::Logger& logger, LoopOwner& owner);
  ~Handler();

  // Begins what was just taken from `link`.
  void Begin(const std::shared_ptr<Link>& link, channel::Exchange& exchange);
  // The channel has news of it.
  void News(const Link& link, const channel::Exchange& exchange);
  // The channel is closed: all its clients are gone.
  void Lose(const Link& link);
  // Looks at the time limits. About once a second.
  void Beat();
  // The worker leaves: the application is told where it asks for that, and open WebSockets are told
  // to go elsewhere (1012); once.
  void Leave();
  bool leaving() const { return leaving_; }
  // Interrupts the request that `exchange` is: true when its task is at one of its steps just now,
  // in the calling thread, which is to raise `exception` there. Another task is cancelled.
  bool Interrupt(uint64_t exchange, PyObject* exception);
  // No task runs.
  bool idle() const { return cycles_.empty() && unread_.empty(); }

  // --- For cycles --------------------------------------------------------------------------
  void Remove(Cycle& cycle);
  // The cycle whose task is at a step, or null; the one before it.
  Cycle* Enter(Cycle* cycle) { return std::exchange(stepping_, cycle); }
  Application& application() { return application_; }
  const Settings& settings() const { return settings_; }
  Timers& timers() { return timers_; }
  websocket::MessageWriter& websocket_writer() { return websocket_writer_; }
  // The Python object that owns it.
  python::Ref ObjectOf(const Cycle& cycle) const;
  const python::GilStamps& stamps() const { return stamps_; }
  base::Logger& logger() { return logger_; }
  LoopOwner& owner() { return owner_; }

 private:
  // An exchange whose head is not here yet.
  struct Unread {
    std::shared_ptr<Link> link;
    channel::Exchange* exchange;
  };

  // False: the head is not here yet.
  bool TryLaunch(const std::shared_ptr<Link>& link, channel::Exchange& exchange);
  void Launch(Opening opening);
  void LaunchUnread(const Link& link, const channel::Exchange& exchange);
  void TellApplication();

  Application& application_;
  const Settings settings_;
  const python::GilStamps stamps_;
  base::Logger& logger_;
  LoopOwner& owner_;
  Timers timers_;
  websocket::MessageWriter websocket_writer_;
  Cycle* stepping_ = nullptr;
  std::vector<python::Ref> cycles_;  // objects of cycles that are not over; each knows its place
  std::vector<Unread> unread_;       // almost always empty
  bool leaving_ = false;
};

}  // namespace monoceros::asgi
