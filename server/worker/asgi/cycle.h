// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <memory>
#include <string>
#include <vector>

#include "channel/heads.h"
#include "channel/worker_end.h"
#include "worker/asgi/handler.h"
#include "worker/asgi/outcome.h"
#include "worker/asgi/timers.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

// One exchange of the channel and the task that serves it: what `receive` and `send` of one scope
// talk to. Owned by the Python object of its task's coroutine (cycle_type.cc). Needs the GIL.
class Cycle {
 public:
  // `handler` outlives the cycle; the exchange of `opening` lives until the cycle ends it.
  Cycle(Handler& handler, Opening opening);
  virtual ~Cycle();
  Cycle(const Cycle&) = delete;
  Cycle& operator=(const Cycle&) = delete;

  // Calls the application; the iterator of what it returns, or none with an exception pending.
  // `object` is the owner.
  python::Ref Call(PyObject* object);
  // The next message for the application, in `message` when it is kDone.
  virtual Outcome Receive(python::Ref& message) = 0;
  // One step of sending `message` for `sender`, which is any address that stands for it.
  virtual Outcome Send(const void* sender, PyObject* message) = 0;
  virtual void GiveUp(const void* sender) = 0;
  // A future that is done when Receive (or Send) should be tried again; none with an exception
  // pending.
  python::Ref AwaitNews(bool receiver);

  // The channel has news of the exchange.
  virtual void News() = 0;
  // The worker leaves; running tasks have the graceful time.
  virtual void WorkerLeaves() {}
  // The application is done; `error`, if any, is what it raised. The exchange ends, at once or when
  // the client has taken what was sent.
  void Complete(const python::Ref& error);
  bool completed() const { return completed_; }
  // Breaks the exchange off, if it has not ended.
  void Abort();

  Handler& handler() { return handler_; }
  void HoldTask(python::Ref task) { task_ = std::move(task); }
  const python::Ref& task() const { return task_; }
  uint64_t request_id() const { return request_id_; }
  // It is interrupted by `exception` (a class), or by being cancelled.
  void SetInterrupted(PyObject* exception) { interrupted_ = python::Ref::Borrow(exception); }
  size_t place() const { return place_; }
  void SetPlace(size_t place) { place_ = place; }

  // For the collector of CPython.
  int Traverse(visitproc visit, void* arg) const;
  void Clear();

 protected:
  using Waiters = std::vector<python::Ref>;

  virtual python::Ref MakeScope() = 0;
  // The task is over: ends what the application left open.
  virtual void Conclude(const python::Ref& error) = 0;

  // A dict of one entry, the type; or none with an exception pending.
  python::Ref MakeMessage(Names::Name type) const;
  bool Raise(const char* what) const;  // that the client has left; false
  void Wake(Waiters& waiters);
  void Finish();
  // The client has left: the task has asgi_disconnect_grace_period from now on.
  void BeginGrace();
  void Log(const python::Ref& error, const char* what);

  const Names& names() const { return handler_.application().names; }

  Handler& handler_;
  channel::Exchange* exchange_;  // null: it has ended
  channel::RequestHead head_;
  Waiters receivers_;
  Waiters senders_;

 private:
  void Leave();
  void Retire();
  void CancelTask();
  bool Interrupted(const python::Ref& error) const;

  std::shared_ptr<Link> link_;
  const uint32_t slot_;
  const uint64_t request_id_;
  const std::string head_bytes_;
  python::Ref task_;
  python::Ref interrupted_;  // by this exception, or by being cancelled
  Alarm grace_;
  size_t place_ = 0;
  bool grace_begun_ = false;
  bool completed_ = false;
  bool retired_ = false;  // the handler has let go of it
};

// A new Python object that owns `cycle`; none with an exception pending.
python::Ref MakeCycleObject(const Types& types, std::unique_ptr<Cycle> cycle);
Cycle& CycleOf(PyObject* object);

// `receive` and `send` of the scope whose cycle `object` owns; none with an exception pending.
python::Ref MakeReceive(PyObject* object);
python::Ref MakeSend(PyObject* object);

}  // namespace monoceros::asgi
