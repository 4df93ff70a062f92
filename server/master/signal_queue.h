// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <deque>

#include "base/event_loop.h"
#include "base/fd.h"

namespace monoceros::master {

// The master's signals as a queue: blocked for the process, read from a signalfd, dispatched by the
// arbiter between turns. SIGPIPE is ignored (a log whose reader is gone must not end the master).
class SignalQueue final : public base::EventHandler {
 public:
  // Changes the signal mask of the process; `loop` outlives the queue. Throws base::SystemError.
  explicit SignalQueue(base::EventLoop& loop);
  ~SignalQueue();
  SignalQueue(const SignalQueue&) = delete;

  void OnEvents(uint32_t events) override;

  // The oldest signal not yet taken, SIGCHLD included; 0 when there is none.
  int Take();

 private:
  base::EventLoop& loop_;
  base::Fd fd_;
  std::deque<int> pending_;
};

// The signals that SignalQueue blocks.
sigset_t MasterSignals();

// For a child forked without exec: unblocks everything; signals that a terminal or a service
// manager sends to the whole group are ignored, because the master passes on what they mean.
void SetSignalsOfForkedChild();

// "term", "hup" and so on; "unknown" for signals that the master does not handle.
const char* SignalName(int number);

}  // namespace monoceros::master
