// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/handler.h"

#include <algorithm>
#include <span>
#include <utility>

#include "worker/asgi/http_cycle.h"
#include "worker/asgi/websocket_cycle.h"
#include "worker/asgi/websocket_refusal.h"
#include "worker/python/error.h"
#include "worker/websocket/handshake.h"

namespace monoceros::asgi {

using python::Ref;

Handler::Handler(Application& application, const Settings& settings,
                 const python::GilStamps& stamps, base::Logger& logger, LoopOwner& owner)
    : application_(application),
      settings_(settings),
      stamps_(stamps),
      logger_(logger),
      owner_(owner) {
  timers_.grace.SetDuration(settings.disconnect_grace);
  timers_.ping_interval.SetDuration(settings.websocket_ping_interval);
  timers_.ping_timeout.SetDuration(settings.websocket_ping_timeout);
}

Handler::~Handler() {
  // Tasks that outlive the loop take no part any more.
  while (!cycles_.empty()) {
    const Ref object = cycles_.back();
    CycleOf(object.get()).Complete({});
    CycleOf(object.get()).Abort();
  }
}

void Handler::Begin(const std::shared_ptr<Link>& link, channel::Exchange& exchange) {
  if (!TryLaunch(link, exchange)) unread_.push_back({link, &exchange});
}

bool Handler::TryLaunch(const std::shared_ptr<Link>& link, channel::Exchange& exchange) {
  const std::optional<channel::Frame> frame = exchange.Read();
  if (!frame && !exchange.disconnected()) return false;
  if (!frame || frame->type != channel::FrameType::kHead) {
    exchange.Abort();
    return true;
  }
  Opening opening{link, &exchange, {}, {}};
  opening.head_bytes.assign(reinterpret_cast<const char*>(frame->payload.data()),
                            frame->payload.size());
  exchange.Consume();
  if (channel::Decode(std::as_bytes(std::span(opening.head_bytes)), opening.head)) {
    Launch(std::move(opening));
  } else {
    exchange.Abort();
  }
  return true;
}

void Handler::Launch(Opening opening) {
  const bool websocket = settings_.websockets && websocket::AsksForWebSocket(opening.head);
  if (websocket && RefuseHandshake(opening)) return;
  std::unique_ptr<Cycle> made;
  if (websocket) {
    made = std::make_unique<WebSocketCycle>(*this, std::move(opening));
  } else {
    made = std::make_unique<HttpCycle>(*this, std::move(opening));
  }
  const Ref object = MakeCycleObject(application_.types, std::move(made));
  if (!object) {
    return logger_.Error("cannot begin a request: {}", python::Describe(python::TakeException()));
  }
  Cycle& cycle = CycleOf(object.get());
  cycle.SetPlace(cycles_.size());
  cycles_.push_back(object);
  Ref task = application_.StartTask(object.get());
  if (!task) return cycle.Complete(python::TakeException());
  if (!cycle.completed()) cycle.HoldTask(std::move(task));
}

void Handler::News(const Link& link, const channel::Exchange& exchange) {
  Cycle* const cycle = link.by_slot[exchange.slot()];
  if (cycle == nullptr) return LaunchUnread(link, exchange);
  const Ref object = ObjectOf(*cycle);
  cycle->News();
}

void Handler::LaunchUnread(const Link& link, const channel::Exchange& exchange) {
  const auto found = std::find_if(unread_.begin(), unread_.end(), [&](const Unread& unread) {
    return unread.link.get() == &link && unread.exchange == &exchange;
  });
  if (found == unread_.end()) return;
  const Unread unread = std::move(*found);
  unread_.erase(found);
  Begin(unread.link, *unread.exchange);
}

void Handler::Lose(const Link& link) {
  for (Cycle* cycle : link.by_slot) {
    if (cycle == nullptr) continue;
    const Ref object = ObjectOf(*cycle);
    cycle->News();
  }
  for (const Unread& unread : std::exchange(unread_, {})) {
    if (unread.link.get() == &link) {
      unread.exchange->Abort();
    } else {
      unread_.push_back(unread);
    }
  }
}

void Handler::Beat() { timers_.FireExpired(base::MonotonicNow()); }

void Handler::Leave() {
  if (std::exchange(leaving_, true)) return;
  TellApplication();
  for (const Ref& object : std::vector<Ref>(cycles_)) CycleOf(object.get()).WorkerLeaves();
}

void Handler::TellApplication() {
  if (!application_.on_leave) return;
  if (Ref::Steal(PyObject_CallNoArgs(application_.on_leave.get()))) return;
  logger_.Error("cannot tell the application that the worker leaves: {}",
                python::Describe(python::TakeException()));
}

Ref Handler::ObjectOf(const Cycle& cycle) const { return cycles_[cycle.place()]; }

bool Handler::Interrupt(uint64_t exchange, PyObject* exception) {
  for (const Ref& entry : std::vector<Ref>(cycles_)) {
    Cycle& cycle = CycleOf(entry.get());
    if (cycle.request_id() != exchange) continue;
    cycle.SetInterrupted(exception);
    if (&cycle == stepping_) return true;
    // The loop may wait just now, and must hear of it.
    const Ref cancel =
        cycle.task() ? Ref::Steal(PyObject_GetAttrString(cycle.task().get(), "cancel")) : Ref();
    if (cancel) {
      Ref::Steal(PyObject_CallMethod(application_.loop.get(), "call_soon_threadsafe", "Os",
                                     cancel.get(), "request_timeout"))
          .Reset();
    }
    PyErr_Clear();
    return false;
  }
  return false;
}

void Handler::Remove(Cycle& cycle) {
  const size_t place = cycle.place();
  const Ref object = std::exchange(cycles_[place], std::move(cycles_.back()));
  cycles_.pop_back();
  if (place < cycles_.size()) CycleOf(cycles_[place].get()).SetPlace(place);
  owner_.OnEnded();
}

}  // namespace monoceros::asgi
