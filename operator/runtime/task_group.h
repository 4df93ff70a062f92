// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <exception>
#include <memory>

namespace monoceros::runtime {

// Whether a coroutine ended because it was cancelled.
bool IsCancellation(const std::exception_ptr& failure);

// Coroutines that are ended together. An exception that one of them lets out, except that of its
// cancellation, leaves the io_context's run(). One thread. Destroyed, it cancels what still runs
// and does not wait: what the tasks use must outlive them, so Wait first.
class TaskGroup {
 public:
  explicit TaskGroup(boost::asio::any_io_executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void Spawn(boost::asio::awaitable<void> task);
  void Cancel();
  // Until none runs. Cancelled itself, it cancels them and still waits.
  boost::asio::awaitable<void> Wait();
  size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace monoceros::runtime
