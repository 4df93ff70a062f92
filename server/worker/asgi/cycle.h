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
#include "worker/asgi/request_body.h"
#include "worker/asgi/response.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

// One request and its response: what `receive` and `send` of one scope talk to. Owned by the Python
// object of its task's coroutine (cycle_type.cc). Needs the GIL.
class Cycle {
 public:
  // `handler` outlives the cycle, `exchange` lives until the cycle ends it.
  Cycle(Handler& handler, std::shared_ptr<Link> link, channel::Exchange& exchange);
  ~Cycle();
  Cycle(const Cycle&) = delete;
  Cycle& operator=(const Cycle&) = delete;

  enum class Head { kWhole, kPart, kBroken };
  // Reads the head, or as much of it as is here.
  Head ReadHead();
  bool started() const { return started_; }
  void SetStarted() { started_ = true; }

  // Calls the application; the iterator of what it returns, or none with an exception pending.
  // `object` is the owner.
  python::Ref Call(PyObject* object);
  // The next message of the request, in `message` when it is kDone.
  Outcome Receive(python::Ref& message);
  // One step of sending `message`, see Response::Send.
  Outcome Send(const void* sender, PyObject* message);
  void GiveUp(const void* sender);
  // A future that is done when Receive (or Send) should be tried again; none with an exception
  // pending.
  python::Ref AwaitNews(bool receiver);

  // The channel has news of the exchange.
  void News();
  // The application is done; `error`, if any, is what it raised. The exchange ends.
  void Complete(const python::Ref& error);
  bool completed() const { return completed_; }

  Handler& handler() { return handler_; }
  void HoldTask(python::Ref task) { task_ = std::move(task); }
  size_t place() const { return place_; }
  void SetPlace(size_t place) { place_ = place; }

  // For the collector of CPython.
  int Traverse(visitproc visit, void* arg) const;
  void Clear();

 private:
  using Waiters = std::vector<python::Ref>;

  bool client_left() const;
  python::Ref RequestMessage(const python::Ref& piece, bool more) const;
  python::Ref DisconnectMessage() const;
  Outcome ReceiveBody(python::Ref& message);
  void BeginTunnel();
  void Wake(Waiters& waiters);
  void Finish();
  void Abort();
  void Leave();
  void Log(const python::Ref& error);
  void Fail();

  Handler& handler_;
  std::shared_ptr<Link> link_;
  channel::Exchange* exchange_;  // null: it has ended
  const uint32_t slot_;
  std::string head_bytes_;
  channel::RequestHead head_;
  RequestBody body_;
  Response response_;
  python::Ref task_;
  Waiters receivers_;
  Waiters senders_;
  size_t place_ = 0;
  bool started_ = false;
  bool may_switch_ = false;     // the request asks for another protocol
  bool tunnel_ = false;         // it was answered with 101
  bool request_given_ = false;  // with its last piece
  bool broken_ = false;         // the request is not whole
  bool completed_ = false;
};

// A new Python object that owns a cycle; none with an exception pending.
python::Ref MakeCycleObject(Handler& handler, const std::shared_ptr<Link>& link,
                            channel::Exchange& exchange);
Cycle& CycleOf(PyObject* object);

// `receive` and `send` of the scope whose cycle `object` owns; none with an exception pending.
python::Ref MakeReceive(PyObject* object);
python::Ref MakeSend(PyObject* object);

}  // namespace monoceros::asgi
