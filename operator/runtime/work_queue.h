// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "kube/object.h"

namespace monoceros::runtime {

class OperatorMetrics;

// Keys that wait for a pass over them, with client-go's semantics: a key waits at most once, is
// never worked on twice at the same time (added meanwhile, it comes again after Done), and a key
// that fails comes back later each time (5 ms doubling to 5 minutes, and all together at most 10 a
// second after a burst of 100). One thread.
class WorkQueue {
 public:
  // `name` is the label of the queue's metrics (workqueue_*); `metrics` may be null.
  WorkQueue(const boost::asio::any_io_executor& executor, std::string name,
            OperatorMetrics* metrics);
  ~WorkQueue();

  void Add(const kube::Key& key);
  // Not before `delay`; of two delays of one key the shorter counts.
  void AddAfter(const kube::Key& key, std::chrono::nanoseconds delay);
  void AddRateLimited(const kube::Key& key);
  // The key did well: its next failure waits 5 ms again.
  void Forget(const kube::Key& key);

  // The next key, or none after Close.
  boost::asio::awaitable<std::optional<kube::Key>> Take();
  void Done(const kube::Key& key);
  // What is added later is dropped.
  void Close();

  // Keys that want a pass.
  size_t depth() const;
  // Tells the metrics how long unfinished passes have run; to be called before they are read.
  void Measure();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace monoceros::runtime
