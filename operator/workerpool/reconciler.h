// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "agents/agents.h"
#include "agents/identity_keeper.h"
#include "kube/client.h"
#include "runtime/controller.h"
#include "runtime/event_recorder.h"
#include "runtime/operator_metrics.h"

namespace monoceros::workerpool {

// Everything a pass works with; all outlive the reconciler.
struct Services {
  kube::Client& client;
  agents::Agents& agents;
  agents::IdentityKeeper& identity;
  runtime::EventRecorder& events;
  runtime::OperatorMetrics& metrics;
  runtime::WorkQueue& queue;
};

// Makes the cluster what WorkerPools say: gather (from informers) -> checks -> plan -> apply, then
// the live values to the pods, then the status. Level-triggered and idempotent: it may be killed
// between any two writes.
class Reconciler {
 public:
  // `ns` empty: all namespaces.
  Reconciler(Services services, const std::string& ns);
  ~Reconciler();

  // Follows WorkerPools, and all their children and pods by label; adds keys to the queue. Until
  // cancelled. Non-leaders run this too, so that their caches are warm.
  boost::asio::awaitable<void> Follow();
  // Empty when all caches are synced; else a reason for /readyz.
  std::string NotReady() const;
  // One pass.
  boost::asio::awaitable<runtime::PassResult> Reconcile(kube::Key key);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::workerpool
