// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <memory>

#include "worker/asgi/application.h"
#include "worker/asgi/handler.h"
#include "worker/classes/interrupts.h"
#include "worker/classes/loop_meter.h"
#include "worker/classes/worker.h"
#include "worker/python/ref.h"

namespace monoceros::worker {

// Serves a worker's channel in an event loop: takes exchanges as the loop turns, and is woken by
// the channel's bell when there was nothing to do. Used by the loop's thread with the GIL.
class LoopServer final : public asgi::LoopOwner, public Interruptible {
 public:
  // All outlive the server; `application` has its loop.
  LoopServer(Worker& worker, asgi::Application& application, const asgi::Settings& settings,
             LoopMeter& meter);

  // Serves until the master says stop and all requests are over, or the master is gone; once. False
  // with an exception pending. What the loop still calls afterwards does nothing, so the server
  // must live until the loop is closed.
  bool Run();

  bool Interrupt(uint64_t exchange, PyObject* exception) override {
    return handler_.Interrupt(exchange, exception);
  }
  void OnEnded() override;
  [[noreturn]] void OnForkedChild() override;

 private:
  bool Register();
  bool AddReader(int fd, const python::Ref& callback);
  void RemoveReader(int fd);
  void OnBell();
  void OnControl();
  void OnBeat();
  void Turn();
  bool TakeSome();
  void ScheduleTurn();
  void ScheduleBeat();
  void FollowChannel();
  void StopIfDone();
  // Calls a method of the loop; errors are logged. The result, or none.
  template <typename... Arguments>
  python::Ref Ask(const char* method, const char* format, Arguments... arguments);

  Worker& worker_;
  asgi::Application& application_;
  LoopMeter& meter_;
  asgi::Handler handler_;
  std::shared_ptr<asgi::Link> link_;
  python::Ref on_bell_, on_control_, on_beat_, turn_;  // Python functions
  python::Ref call_soon_;                              // method of the loop
  bool scheduled_ = false;                             // Turn will be called
  bool lost_ = false;                                  // link_ is closed
  bool over_ = false;                                  // Run has returned
};

}  // namespace monoceros::worker
