// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/loop/loop_server.h"

#include "base/clock.h"
#include "worker/classes/forked_child.h"
#include "worker/python/error.h"
#include "worker/python/function.h"

namespace monoceros::worker {
namespace {

using python::Ref;

// What is not taken can still go to another worker, so a turn takes only so many, for so long.
constexpr int kMostAtOnce = 32;
constexpr base::Nanoseconds kLongTurn = base::kNanosecondsPerMillisecond / 2;

constexpr double kBeatSeconds = 1.0;

}  // namespace

LoopServer::LoopServer(Worker& worker, Ref loop, LoopMeter& meter)
    : worker_(worker), loop_(std::move(loop)), meter_(meter), end_(worker.channel()) {}

template <typename... Arguments>
Ref LoopServer::Ask(const char* method, const char* format, Arguments... arguments) {
  Ref result = Ref::Steal(PyObject_CallMethod(loop_.get(), method, format, arguments...));
  if (!result) {
    worker_.logger().Error("the event loop's {} failed: {}", method,
                           python::Describe(python::TakeException()));
  }
  return result;
}

bool LoopServer::Run(LoopExchanges& exchanges) {
  exchanges_ = &exchanges;
  exchanges.Follow(end_);
  if (!Register()) return false;
  const Ref ran = Ref::Steal(PyObject_CallMethod(loop_.get(), "run_forever", nullptr));
  const Ref raised = python::TakeException();
  over_ = true;
  RemoveReader(end_->bell());
  RemoveReader(worker_.control().fd());
  python::RaiseAgain(raised);
  return static_cast<bool>(ran);
}

bool LoopServer::Register() {
  on_bell_ = python::MakeFunction([this] { OnBell(); });
  on_control_ = python::MakeFunction([this] { OnControl(); });
  on_beat_ = python::MakeFunction([this] { OnBeat(); });
  turn_ = python::MakeFunction([this] { Turn(); });
  call_soon_ = Ref::Steal(PyObject_GetAttrString(loop_.get(), "call_soon"));
  if (!on_bell_ || !on_control_ || !on_beat_ || !turn_ || !call_soon_) return false;
  if (!AddReader(worker_.control().fd(), on_control_)) return false;
  if (!AddReader(end_->bell(), on_bell_)) return false;
  ScheduleBeat();
  ScheduleTurn();
  return true;
}

bool LoopServer::AddReader(int fd, const Ref& callback) {
  return static_cast<bool>(
      Ref::Steal(PyObject_CallMethod(loop_.get(), "add_reader", "iO", fd, callback.get())));
}

void LoopServer::RemoveReader(int fd) { Ask("remove_reader", "i", fd); }

void LoopServer::ScheduleTurn() {
  if (scheduled_) return;
  scheduled_ = static_cast<bool>(Ref::Steal(PyObject_CallOneArg(call_soon_.get(), turn_.get())));
  PyErr_Clear();  // a loop that is closed: nothing more will turn
}

void LoopServer::ScheduleBeat() { Ask("call_later", "dO", kBeatSeconds, on_beat_.get()); }

void LoopServer::OnBell() {
  if (over()) return;
  end_->WokeUp();
  Turn();
}

// While there is work the loop looks for more each time it turns, and the router rings no bell.
void LoopServer::Turn() {
  scheduled_ = false;
  if (over()) return;
  const std::shared_ptr<channel::WorkerEnd> end = end_;
  end->CollectDirty([this](channel::Exchange& exchange) { exchanges_->News(exchange); });
  const bool took = TakeSome();
  if (over()) return;
  if (end->closed()) {
    if (!std::exchange(lost_, true)) exchanges_->Lose();
  } else if (took || !end->PrepareToSleep()) {
    ScheduleTurn();
  }
}

bool LoopServer::TakeSome() {
  const base::Nanoseconds began = base::MonotonicNow();
  for (int taken = 0; taken < kMostAtOnce; ++taken) {
    channel::Exchange* const exchange = end_->TryTake();
    if (exchange == nullptr) return taken > 0;
    exchanges_->Begin(*exchange);
    if (base::MonotonicNow() - began > kLongTurn) return true;
  }
  return true;
}

void LoopServer::OnControl() {
  if (over()) return;
  worker_.FollowMaster();
  FollowChannel();
  StopIfDone();
}

// Once a second also what needs no hurry: signals, and memory that nothing uses.
void LoopServer::OnBeat() {
  if (over()) return;
  meter_.Beat();
  worker_.FollowMaster();
  FollowChannel();
  end_->Trim();
  exchanges_->Beat();
  StopIfDone();
  ScheduleBeat();
}

void LoopServer::FollowChannel() {
  const std::shared_ptr<channel::WorkerEnd> now = worker_.channel();
  if (now == end_) return;
  RemoveReader(end_->bell());
  end_ = now;
  exchanges_->Follow(now);
  lost_ = false;
  if (!AddReader(end_->bell(), on_bell_)) {
    worker_.logger().Error("cannot serve the new router: {}",
                           python::Describe(python::TakeException()));
  }
  ScheduleTurn();
}

void LoopServer::OnEnded() {
  meter_.CountRequest();
  worker_.CountRequest();
  StopIfDone();
}

void LoopServer::OnForkedChild() { LeaveForkedChild(); }

void LoopServer::StopIfDone() {
  if (worker_.draining()) exchanges_->Leave();
  if (!over() && worker_.leaving() && (exchanges_->idle() || worker_.orphaned())) {
    Ask("stop", nullptr);
  }
}

}  // namespace monoceros::worker
