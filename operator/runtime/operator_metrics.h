// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "kube/client.h"

namespace monoceros::runtime {

// The operator's own metrics, under controller-runtime's and client-go's names so that their
// dashboards and alerts work: controller_runtime_*, workqueue_*, rest_client_*,
// leader_election_master_status; and monoceros_operator_* for what only we have. prometheus-cpp
// behind it. One thread.
class OperatorMetrics {
 public:
  OperatorMetrics();
  ~OperatorMetrics();

  // A pass: "success", "error", "requeue", "requeue_after"; `timeout` and `terminal` count besides.
  void PassStarted(const std::string& controller);
  void PassEnded(const std::string& controller, const std::string& result,
                 std::chrono::nanoseconds took);
  void PassTimedOut(const std::string& controller);
  void PassTerminal(const std::string& controller);
  void SetConcurrency(const std::string& controller, int count);

  void QueueAdded(const std::string& queue, size_t depth);
  void QueueTaken(const std::string& queue, size_t depth, std::chrono::nanoseconds waited);
  void QueueDone(const std::string& queue, std::chrono::nanoseconds worked);
  void QueueRetried(const std::string& queue);
  void QueueUnfinished(const std::string& queue, std::chrono::nanoseconds sum,
                       std::chrono::nanoseconds longest);

  void Request(const kube::RequestDone& done);
  void Leading(const std::string& lease, bool leading);

  // One live change of one pod: "converged", "failed", "unreachable".
  void LiveChange(const std::string& result);
  // Pools by state of their Ready condition: "True", "False", "Unknown".
  void SetPools(const std::string& ready, size_t count);
  // Of one pool: pods wanted, and pods that are ready.
  void SetReplicas(const kube::Key& pool, int64_t desired, int64_t ready);
  // The pool is gone, and so are its series.
  void ForgetPool(const kube::Key& pool);

  // The text format of Prometheus, version 0.0.4.
  std::string Text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::runtime
