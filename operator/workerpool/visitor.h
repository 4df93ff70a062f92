// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agents/agents.h"
#include "kube/object.h"
#include "runtime/operator_metrics.h"
#include "workerpool/look.h"

namespace monoceros::workerpool {

// Visits pods' agents, each in a coroutine of its own, so that a pod that hangs holds up no other:
// asks for the status and pushes live values to whom lacks them.
class Visitor {
 public:
  using Spawn = std::function<void(boost::asio::awaitable<void>)>;
  // Told a pool, and after what time a pass over it is wanted.
  using Wake = std::function<void(const kube::Key&, std::chrono::nanoseconds)>;
  // `wake` is called after each visit: at once when that found something new. All outlive the
  // coroutines.
  Visitor(agents::Agents& agents, runtime::OperatorMetrics& metrics, Spawn spawn, Wake wake);

  // Begins the visits that are due, and forgets the pods of the pool that are no targets.
  void Visit(const kube::Key& pool, const std::vector<LookTarget>& targets, SteadyTime now);
  // What is known of the pool's pods.
  const Looks& Of(const kube::Key& pool) const;
  // When Visit is to be called again, at most 15 s from now.
  std::chrono::nanoseconds UntilNext(const kube::Key& pool, SteadyTime now) const;
  void Forget(const kube::Key& pool);

 private:
  boost::asio::awaitable<void> Call(kube::Key pool, LookTarget target);
  boost::asio::awaitable<workerpool::Visit> Ask(LookTarget target);
  boost::asio::awaitable<workerpool::Visit> Push(LookTarget target, agents::PodState before);
  void Note(const kube::Key& pool, const LookTarget& target, const workerpool::Visit& visit);
  Look* Find(const kube::Key& pool, const std::string& uid);
  void CloseOthers();

  agents::Agents& agents_;
  runtime::OperatorMetrics& metrics_;
  Spawn spawn_;
  Wake wake_;
  std::map<kube::Key, Looks> looks_;
  std::map<std::string, std::string> addresses_;  // by the pod's uid
};

}  // namespace monoceros::workerpool
