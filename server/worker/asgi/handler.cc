// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/handler.h"

#include <utility>

#include "worker/asgi/cycle.h"
#include "worker/python/error.h"

namespace monoceros::asgi {

using python::Ref;

Handler::~Handler() {
  // Tasks that outlive the loop take no part any more.
  while (!cycles_.empty()) CycleOf(Ref(cycles_.back()).get()).Complete({});
}

void Handler::Begin(const std::shared_ptr<Link>& link, channel::Exchange& exchange) {
  const Ref object = MakeCycleObject(*this, link, exchange);
  if (!object) {
    logger_.Error("cannot begin a request: {}", python::Describe(python::TakeException()));
    return exchange.Abort();
  }
  Cycle& cycle = CycleOf(object.get());
  cycle.SetPlace(cycles_.size());
  cycles_.push_back(object);
  Launch(object, cycle);
}

void Handler::Launch(const Ref& object, Cycle& cycle) {
  switch (cycle.ReadHead()) {
    case Cycle::Head::kPart:
      return;
    case Cycle::Head::kBroken:
      return cycle.Complete({});
    case Cycle::Head::kWhole:
      break;
  }
  cycle.SetStarted();
  Ref task = application_.StartTask(object.get());
  if (!task) return cycle.Complete(python::TakeException());
  if (!cycle.completed()) cycle.HoldTask(std::move(task));
}

void Handler::News(const Link& link, const channel::Exchange& exchange) {
  Cycle* const cycle = link.by_slot[exchange.slot()];
  if (cycle == nullptr) return;
  const Ref object = cycles_[cycle->place()];
  cycle->started() ? cycle->News() : Launch(object, *cycle);
}

void Handler::Lose(const Link& link) {
  for (Cycle* cycle : link.by_slot) {
    if (cycle == nullptr) continue;
    const Ref object = cycles_[cycle->place()];
    cycle->started() ? cycle->News() : cycle->Complete({});
  }
}

void Handler::Leave() {
  if (std::exchange(leaving_, true) || !application_.on_leave) return;
  if (Ref::Steal(PyObject_CallNoArgs(application_.on_leave.get()))) return;
  logger_.Error("cannot tell the application that the worker leaves: {}",
                python::Describe(python::TakeException()));
}

void Handler::Remove(Cycle& cycle) {
  const size_t place = cycle.place();
  const Ref object = std::exchange(cycles_[place], std::move(cycles_.back()));
  cycles_.pop_back();
  if (place < cycles_.size()) CycleOf(cycles_[place].get()).SetPlace(place);
  owner_.OnEnded();
}

}  // namespace monoceros::asgi
