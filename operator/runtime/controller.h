// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "runtime/work_queue.h"

namespace monoceros::base {
class Logger;
}  // namespace monoceros::base

namespace monoceros::runtime {

// How a pass over one key ended.
struct PassResult {
  enum class Kind { kDone, kAgain, kFailed, kTerminal };
  Kind kind = Kind::kDone;
  std::chrono::nanoseconds after{};  // of kAgain
  std::string error;  // of kFailed (tried again, later each time) and kTerminal (not)

  static PassResult Done() { return {}; }
  static PassResult Again(std::chrono::nanoseconds after) { return {Kind::kAgain, after, {}}; }
  static PassResult Failed(std::string error) { return {Kind::kFailed, {}, std::move(error)}; }
  static PassResult Terminal(std::string error) { return {Kind::kTerminal, {}, std::move(error)}; }
};

// Takes keys from a queue and runs `reconcile` on them, `concurrency` at a time, each within
// `deadline` (a pass that exceeds it is cancelled and counts as failed). Counts and times them
// under controller-runtime's names. Run returns when the queue is closed and the passes have ended,
// or was cancelled and they with it. An exception from `reconcile` leaves the io_context's run().
class Controller {
 public:
  using Reconcile = std::function<boost::asio::awaitable<PassResult>(kube::Key)>;
  struct Options {
    std::string name;  // "workerpool"
    int concurrency = 4;
    std::chrono::seconds deadline{120};
    base::Logger* log = nullptr;  // of passes that fail
  };
  Controller(Options options, WorkQueue& queue, Reconcile reconcile, OperatorMetrics* metrics);
  boost::asio::awaitable<void> Run();

 private:
  boost::asio::awaitable<void> Work();
  boost::asio::awaitable<PassResult> Pass(kube::Key key);
  void Requeue(const kube::Key& key, const PassResult& result);

  Options options_;
  WorkQueue& queue_;
  Reconcile reconcile_;
  OperatorMetrics* metrics_;
};

}  // namespace monoceros::runtime
