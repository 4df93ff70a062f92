// SPDX-License-Identifier: Apache-2.0
#include "runtime/controller.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/log.h"
#include "runtime/deadline.h"
#include "runtime/operator_metrics.h"
#include "runtime/task_group.h"

namespace monoceros::runtime {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

const char* ResultName(PassResult::Kind kind) {
  switch (kind) {
    case PassResult::Kind::kDone:
      return "success";
    case PassResult::Kind::kAgain:
      return "requeue_after";
    case PassResult::Kind::kFailed:
    case PassResult::Kind::kTerminal:
      return "error";
  }
  return "error";
}

}  // namespace

Controller::Controller(Options options, WorkQueue& queue, Reconcile reconcile,
                       OperatorMetrics* metrics)
    : options_(std::move(options)),
      queue_(queue),
      reconcile_(std::move(reconcile)),
      metrics_(metrics) {
  if (metrics_ != nullptr) metrics_->SetConcurrency(options_.name, options_.concurrency);
}

asio::awaitable<void> Controller::Run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup workers(executor);
  for (int i = 0; i < options_.concurrency; ++i) workers.Spawn(Work());
  co_await workers.Wait();
}

asio::awaitable<void> Controller::Work() {
  while (true) {
    const std::optional<kube::Key> key = co_await queue_.Take();
    if (!key) co_return;
    const PassResult result = co_await Pass(*key);
    Requeue(*key, result);
    queue_.Done(*key);
  }
}

asio::awaitable<PassResult> Controller::Pass(kube::Key key) {
  if (metrics_ != nullptr) metrics_->PassStarted(options_.name);
  const Clock::time_point start = Clock::now();
  std::optional<PassResult> result = co_await WithDeadline(reconcile_(key), options_.deadline);
  if (!result) {
    if (metrics_ != nullptr) metrics_->PassTimedOut(options_.name);
    result = PassResult::Failed(
        fmt::format("the pass took longer than {} s and was ended", options_.deadline.count()));
  }
  if (metrics_ != nullptr) {
    if (result->kind == PassResult::Kind::kTerminal) metrics_->PassTerminal(options_.name);
    metrics_->PassEnded(options_.name, ResultName(result->kind), Clock::now() - start);
  }
  co_return std::move(*result);
}

void Controller::Requeue(const kube::Key& key, const PassResult& result) {
  base::Logger* const log = options_.log;
  switch (result.kind) {
    case PassResult::Kind::kFailed:
      if (log != nullptr) {
        log->Warning("{} {}/{}: {}; it will be tried again", options_.name, key.ns, key.name,
                     result.error);
      }
      return queue_.AddRateLimited(key);
    case PassResult::Kind::kTerminal:
      if (log != nullptr) {
        log->Error("{} {}/{}: {}; it waits for a change of its spec", options_.name, key.ns,
                   key.name, result.error);
      }
      return queue_.Forget(key);
    case PassResult::Kind::kAgain:
      queue_.Forget(key);
      return queue_.AddAfter(key, result.after);
    case PassResult::Kind::kDone:
      return queue_.Forget(key);
  }
}

}  // namespace monoceros::runtime
