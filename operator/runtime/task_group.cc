// SPDX-License-Identifier: Apache-2.0
#include "runtime/task_group.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <utility>

namespace monoceros::runtime {

namespace asio = boost::asio;

bool IsCancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

struct TaskGroup::State {
  explicit State(asio::any_io_executor with)
      : executor(std::move(with)), end(executor, asio::steady_timer::time_point::max()) {}

  asio::any_io_executor executor;
  std::list<asio::cancellation_signal> signals;  // one of each task
  asio::steady_timer end;                        // cancelled when a task has ended

  // Emitted by the executor only: co_spawn would hand a signal from elsewhere over to it, and
  // reach for the signal when that may be gone with its task.
  static void Cancel(const std::shared_ptr<State>& self) {
    asio::dispatch(self->executor, [self] {
      for (auto at = self->signals.begin(); at != self->signals.end();) {
        (at++)->emit(asio::cancellation_type::terminal);
      }
    });
  }

  static asio::awaitable<void> Wait(std::shared_ptr<State> self) {
    co_await asio::this_coro::throw_if_cancelled(false);
    bool told = false;
    while (!self->signals.empty()) {
      co_await self->end.async_wait(asio::as_tuple(asio::use_awaitable));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() == asio::cancellation_type::none || told) continue;
      told = true;
      Cancel(self);
    }
  }
};

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() { State::Cancel(state_); }

void TaskGroup::Spawn(asio::awaitable<void> task) {
  const auto signal = state_->signals.emplace(state_->signals.end());
  auto on_end = [state = state_, signal](const std::exception_ptr& failure) {
    state->signals.erase(signal);
    state->end.cancel();
    if (failure && !IsCancellation(failure)) std::rethrow_exception(failure);
  };
  asio::co_spawn(state_->executor, std::move(task),
                 asio::bind_cancellation_slot(signal->slot(), std::move(on_end)));
}

void TaskGroup::Cancel() { State::Cancel(state_); }

asio::awaitable<void> TaskGroup::Wait() { return State::Wait(state_); }

size_t TaskGroup::size() const { return state_->signals.size(); }

}  // namespace monoceros::runtime
