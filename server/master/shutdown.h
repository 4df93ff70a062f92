// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "master/leaving_processes.h"
#include "master/router_process.h"
#include "master/worker_pool.h"

namespace monoceros::master {

// The order in which the server ends: the router finishes what clients sent, then the workers
// leave, then everything else. Every stage has a deadline after which it is ended by force.
class Shutdown {
 public:
  enum class Speed {
    kGraceful,  // running requests end within graceful_timeout
    kQuick,     // running requests are cut off, workers have a moment
    kAtOnce,    // everything is killed
  };

  Shutdown(RouterProcess& router, WorkerPool& pool, LeavingProcesses& leaving)
      : router_(router), pool_(pool), leaving_(leaving) {}

  // Begins, or speeds up what runs; never slows down. `graceful` is graceful_timeout. The first
  // call's `exit_status` counts.
  void Begin(Speed speed, int exit_status, base::Nanoseconds graceful, base::Nanoseconds now);
  // Moves on; call in every turn.
  void Keep(base::Nanoseconds now);

  bool running() const { return stage_ != Stage::kNone; }
  // Requests are still served: workers that crash are still replaced.
  bool serves() const {
    return !running() || (stage_ == Stage::kRouter && speed_ == Speed::kGraceful);
  }
  // All workers have left: templates may go.
  bool workers_left() const { return stage_ >= Stage::kOthers; }
  bool finished() const { return stage_ == Stage::kFinished; }
  Speed speed() const { return speed_; }
  int exit_status() const { return exit_status_; }
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  enum class Stage { kNone, kRouter, kWorkers, kOthers, kFinished };
  void StopWorkers(base::Nanoseconds now);

  RouterProcess& router_;
  WorkerPool& pool_;
  LeavingProcesses& leaving_;
  Stage stage_ = Stage::kNone;
  Speed speed_ = Speed::kGraceful;
  int exit_status_ = 0;
  base::Nanoseconds deadline_ = 0;  // of the present stage
};

}  // namespace monoceros::master
