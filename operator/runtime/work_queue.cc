// SPDX-License-Identifier: Apache-2.0
#include "runtime/work_queue.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "runtime/operator_metrics.h"
#include "runtime/queue_state.h"

namespace monoceros::runtime {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

class WorkQueue::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, std::string name, OperatorMetrics* metrics)
      : name_(std::move(name)),
        metrics_(metrics),
        alarm_(executor),
        change_(executor, Clock::time_point::max()) {}

  void Add(const kube::Key& key) {
    if (closed_ || !state_.Add(key, Clock::now())) return;
    OnAdded(1);
  }

  void AddAfter(const kube::Key& key, std::chrono::nanoseconds delay) {
    if (closed_) return;
    if (delay <= delay.zero()) return Add(key);
    state_.AddAt(key, Clock::now() + delay);
    SetAlarm();
  }

  void AddRateLimited(const kube::Key& key) {
    if (closed_) return;
    if (metrics_ != nullptr) metrics_->QueueRetried(name_);
    state_.AddRateLimited(key, Clock::now());
    SetAlarm();
  }

  void Forget(const kube::Key& key) { state_.Forget(key); }

  static asio::awaitable<std::optional<kube::Key>> Take(std::shared_ptr<Impl> self) {
    while (!self->closed_ && !self->state_.ready()) {
      co_await self->change_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (self->closed_) co_return std::nullopt;
    auto taken = self->state_.Take(Clock::now());
    if (self->metrics_ != nullptr) {
      self->metrics_->QueueTaken(self->name_, self->depth(), taken->waited);
    }
    co_return std::move(taken->key);
  }

  void Done(const kube::Key& key) {
    const auto worked = state_.Done(key, Clock::now());
    if (metrics_ != nullptr) metrics_->QueueDone(name_, worked);
    if (state_.ready()) change_.cancel();
  }

  void Close() {
    closed_ = true;
    alarm_.cancel();
    change_.cancel();
  }

  void Measure() {
    if (metrics_ == nullptr) return;
    const auto unfinished = state_.unfinished(Clock::now());
    metrics_->QueueUnfinished(name_, unfinished.sum, unfinished.longest);
  }

  size_t depth() const { return state_.depth(); }

 private:
  void OnAdded(size_t count) {
    for (; metrics_ != nullptr && count > 0; --count) metrics_->QueueAdded(name_, depth());
    change_.cancel();
  }

  void SetAlarm() {
    const auto due = state_.next_due();
    if (!due || (armed_ && alarm_.expiry() == *due)) return;
    armed_ = true;
    alarm_.expires_at(*due);
    alarm_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!error && self) self->OnAlarm();
    });
  }

  void OnAlarm() {
    armed_ = false;
    if (closed_) return;
    const size_t count = state_.Advance(Clock::now());
    if (count > 0) OnAdded(count);
    SetAlarm();
  }

  std::string name_;
  OperatorMetrics* metrics_;
  QueueState state_;
  asio::steady_timer alarm_;  // when the next delayed key is due
  bool armed_ = false;
  asio::steady_timer change_;  // never expires: its cancellation wakes those who Take
  bool closed_ = false;
};

WorkQueue::WorkQueue(const asio::any_io_executor& executor, std::string name,
                     OperatorMetrics* metrics)
    : impl_(std::make_shared<Impl>(executor, std::move(name), metrics)) {}

WorkQueue::~WorkQueue() { impl_->Close(); }

void WorkQueue::Add(const kube::Key& key) { impl_->Add(key); }
void WorkQueue::AddAfter(const kube::Key& key, std::chrono::nanoseconds delay) {
  impl_->AddAfter(key, delay);
}
void WorkQueue::AddRateLimited(const kube::Key& key) { impl_->AddRateLimited(key); }
void WorkQueue::Forget(const kube::Key& key) { impl_->Forget(key); }
asio::awaitable<std::optional<kube::Key>> WorkQueue::Take() { return Impl::Take(impl_); }
void WorkQueue::Done(const kube::Key& key) { impl_->Done(key); }
void WorkQueue::Close() { impl_->Close(); }
void WorkQueue::Measure() { impl_->Measure(); }
size_t WorkQueue::depth() const { return impl_->depth(); }

}  // namespace monoceros::runtime
