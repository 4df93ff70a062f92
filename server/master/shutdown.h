// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "master/leaving_processes.h"
#include "master/listeners.h"
#include "master/router_process.h"
#include "master/worker_pool.h"

namespace monoceros::master {

// The order in which the server ends: for a while it only says so, then the router finishes what
// clients sent, then the workers leave, then everything else. Every stage has a deadline after
// which it is ended by force.
class Shutdown {
 public:
  enum class Speed {
    kGraceful,  // running requests end within graceful_timeout
    kQuick,     // running requests are cut off, workers have a moment
    kAtOnce,    // everything is killed
  };

  struct Order {
    Speed speed = Speed::kGraceful;
    int exit_status = 0;
    base::Nanoseconds delay = 0;     // drain_delay; for kGraceful only, as the next
    base::Nanoseconds graceful = 0;  // graceful_timeout, counted from the end of the delay
  };

  // Everything outlives it.
  Shutdown(Listeners& listeners, RouterProcess& router, WorkerPool& pool, LeavingProcesses& leaving)
      : listeners_(listeners), router_(router), pool_(pool), leaving_(leaving) {}

  // Begins, or speeds up what runs; never slows down. The first order's `exit_status` counts.
  void Begin(const Order& order, base::Nanoseconds now);
  // Moves on; call in every turn.
  void Keep(base::Nanoseconds now);

  bool running() const { return stage_ != Stage::kNone; }
  // Requests are still served: workers that crash are still replaced.
  bool serves() const {
    return !running() || (stage_ <= Stage::kRouter && speed_ == Speed::kGraceful);
  }
  // All workers have left: templates may go.
  bool workers_left() const { return stage_ >= Stage::kOthers; }
  bool finished() const { return stage_ == Stage::kFinished; }
  Speed speed() const { return speed_; }
  int exit_status() const { return exit_status_; }
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  enum class Stage {
    kNone,
    kDelay,   // everything goes on, so that load balancers notice that we are not ready
    kRouter,  // nothing new is accepted; the router finishes
    kWorkers,
    kOthers,
    kFinished,
  };
  void StopRouter(base::Nanoseconds now);
  void StopWorkers(base::Nanoseconds now);

  Listeners& listeners_;
  RouterProcess& router_;
  WorkerPool& pool_;
  LeavingProcesses& leaving_;
  Stage stage_ = Stage::kNone;
  Speed speed_ = Speed::kGraceful;
  int exit_status_ = 0;
  base::Nanoseconds graceful_ = 0;
  base::Nanoseconds deadline_ = 0;  // of the present stage
};

}  // namespace monoceros::master
