// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/green/exchanges.h"

#include <algorithm>
#include <utility>

namespace monoceros::worker {

using python::Ref;

void GreenExchanges::Follow(std::shared_ptr<channel::WorkerEnd> end) {
  Lose();
  by_slot_.assign(end->shape().slots, nullptr);
  end_ = std::move(end);
}

void GreenExchanges::Begin(channel::Exchange& exchange) {
  GreenRequest& request = TakeUnused();
  request.SetPlace(running_.size());
  running_.push_back(&request);
  by_slot_[exchange.slot()] = &request;
  request.Begin(end_, exchange);
}

GreenRequest& GreenExchanges::TakeUnused() {
  if (unused_.empty()) {
    all_.push_back(std::make_unique<GreenRequest>(worker_, stamps_, greenlets_, *this));
    return *all_.back();
  }
  GreenRequest* const request = unused_.back();
  unused_.pop_back();
  return *request;
}

void GreenExchanges::News(channel::Exchange& exchange) {
  if (GreenRequest* const request = by_slot_[exchange.slot()]) request->Wake();
}

void GreenExchanges::Lose() {
  for (GreenRequest* const request : by_slot_) {
    if (request != nullptr) request->Wake();
  }
}

bool GreenExchanges::Interrupt(uint64_t exchange, PyObject* exception) {
  const auto found = std::ranges::find(running_, exchange, &GreenRequest::request_id);
  return found != running_.end() && (*found)->Interrupt(exchange, exception);
}

void GreenExchanges::OnEnded(GreenRequest& request) {
  GreenRequest* const last = running_.back();
  running_.pop_back();
  if (last != &request) {
    running_[request.place()] = last;
    last->SetPlace(request.place());
  }
  if (by_slot_[request.slot()] == &request) by_slot_[request.slot()] = nullptr;
  owner_.OnEnded();
}

void GreenExchanges::OnUnused(GreenRequest& request) { unused_.push_back(&request); }

// Only the greenlet that forked is what the application means to run there.
void GreenExchanges::OnEndedInChild() {
  if (greenlets_.ForkedHere()) owner_.OnForkedChild();
  PyErr_Clear();
}

void GreenExchanges::Kill() {
  const Ref list = Ref::Steal(PyList_New(0));
  for (const GreenRequest* const request : running_) {
    if (list && PyList_Append(list.get(), request->greenlet().get()) < 0) PyErr_Clear();
  }
  if (list) greenlets_.Kill(list, worker_.logger());
}

}  // namespace monoceros::worker
