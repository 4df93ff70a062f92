// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/settings.h"
#include "master/router_process.h"
#include "master/stack_reader.h"
#include "master/worker_pool.h"

namespace monoceros::master {

// What follows when a request has passed `request_timeout`: the router has answered its client and
// says so; here its worker is replaced, once however many of its requests pass it, or the
// application is interrupted in that request, and the worker replaced only when that was in vain.
class RequestTimeouts {
 public:
  // All outlive it.
  RequestTimeouts(const MasterContext& context, RouterProcess& router, WorkerPool& pool,
                  StackReader& stacks)
      : context_(context), router_(router), pool_(pool), stacks_(stacks) {}

  // Takes what the router said, and does what is due. In every turn.
  void Keep(const config::Settings& settings, base::Nanoseconds now);
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  // An interrupted exchange whose end the router has not told.
  struct Interrupted {
    RouterProcess::Exchange exchange;
    base::Nanoseconds since = 0;
    base::Nanoseconds deadline = 0;
  };

  void Judge(const RouterProcess::Exchange& exchange, const config::Settings& settings,
             base::Nanoseconds now);
  void Replace(const RouterProcess::Exchange& exchange, const std::string& about,
               base::Nanoseconds now);
  void ReplaceStubborn(base::Nanoseconds now);

  MasterContext context_;
  RouterProcess& router_;
  WorkerPool& pool_;
  StackReader& stacks_;
  std::vector<Interrupted> interrupted_;
};

// How long an application may take to end an exchange that was interrupted: half of
// request_timeout, but at least 1 s and at most 5 s.
base::Nanoseconds InterruptGrace(double request_timeout);

}  // namespace monoceros::master
