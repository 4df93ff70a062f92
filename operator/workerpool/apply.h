// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kube/client.h"
#include "runtime/event_recorder.h"
#include "workerpool/caches.h"
#include "workerpool/plan.h"

namespace monoceros::workerpool {

// How a plan went.
struct Applied {
  std::vector<std::string> conflicts;  // those of the plan, and those that only a write found
  std::optional<kube::Error> failure;  // the first: nothing after it was tried
};

// Whether the API server will say no again, whenever it is asked.
bool IsRefusal(const kube::Error& error);

// Carries plans out. Whatever was written is in the caches when it returns.
class Applier {
 public:
  // All outlive it.
  Applier(kube::Client& client, Caches& caches, runtime::EventRecorder& events)
      : client_(client), caches_(caches), events_(events) {}

  boost::asio::awaitable<Applied> CarryOut(api::WorkerPool pool, Plan plan);

 private:
  // An empty text, or a conflict.
  using Outcome = kube::Result<std::string>;
  boost::asio::awaitable<Outcome> CarryOut(const api::WorkerPool& pool, const Action& action);
  boost::asio::awaitable<Outcome> SetReplicas(const Action& action);
  boost::asio::awaitable<Outcome> Create(const api::WorkerPool& pool, const Action& action);
  boost::asio::awaitable<Outcome> Apply(const api::WorkerPool& pool, const Action& action,
                                        kube::Object live);
  boost::asio::awaitable<Outcome> Delete(const Action& action);
  Outcome Learned(const Action& action, kube::Result<kube::Object> answer);

  kube::Client& client_;
  Caches& caches_;
  runtime::EventRecorder& events_;
};

}  // namespace monoceros::workerpool
