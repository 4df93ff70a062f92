// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_recorder.h"

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <utility>

#include "base/log.h"
#include "runtime/event_book.h"
#include "runtime/task_group.h"

namespace monoceros::runtime {

namespace asio = boost::asio;
using Write = EventBook::Write;

namespace {

constexpr size_t kMaxWaiting = 256;
constexpr std::chrono::minutes kExpiry{1};
constexpr char kFieldManager[] = "monoceros-operator";

std::chrono::system_clock::time_point Now() { return std::chrono::system_clock::now(); }

}  // namespace

class EventRecorder::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, kube::Client& client, const std::string& instance,
       base::Logger* log)
      : client_(client), log_(log), book_(instance), writer_(executor), expiry_(executor) {}

  void Record(const kube::Json& regarding, const EventText& text) {
    std::optional<Write> write = book_.Record(regarding, text, Now());
    if (write) Send(std::move(*write));
    SetExpiry();
  }

  void Close() {
    waiting_.clear();
    expiry_.cancel();
    writer_.Cancel();
  }

  static asio::awaitable<void> Flush(std::shared_ptr<Impl> self) {
    for (Write& write : self->book_.Pending()) self->Send(std::move(write));
    co_await self->writer_.Wait();
  }

 private:
  void Send(Write write) {
    if (waiting_.size() >= kMaxWaiting)
      return Note("too many wait; the API server is slow or away");
    waiting_.push_back(std::move(write));
    if (writer_.size() == 0) writer_.Spawn(WriteAll(shared_from_this()));
  }

  // Until none waits.
  static asio::awaitable<void> WriteAll(std::shared_ptr<Impl> self) {
    while (!self->waiting_.empty()) {
      Write write = std::move(self->waiting_.front());
      self->waiting_.pop_front();
      const kube::Result<kube::Object> answer = co_await self->WriteOne(write);
      if (answer) {
        self->trouble_.clear();
      } else if (!answer.error().IsNotFound()) {
        // An event that is gone lived its hour; its series ends with it.
        self->Note(answer.error().message);
      }
    }
  }

  kube::Awaitable<kube::Result<kube::Object>> WriteOne(const Write& write) {
    if (write.kind == Write::Kind::kCreate) {
      return client_.Create(kube::kEvents, write.body, kFieldManager);
    }
    return client_.Merge(kube::kEvents, write.key, write.body, kFieldManager);
  }

  void SetExpiry() {
    if (armed_ || book_.empty()) return;
    armed_ = true;
    expiry_.expires_after(kExpiry);
    expiry_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!error && self) self->OnExpiry();
    });
  }

  void OnExpiry() {
    armed_ = false;
    for (Write& write : book_.Expire(Now())) Send(std::move(write));
    SetExpiry();
  }

  // Each once, not for every event.
  void Note(const std::string& trouble) {
    if (trouble == trouble_) return;
    trouble_ = trouble;
    if (log_ != nullptr) log_->Warning("Events are lost: {}", trouble);
  }

  kube::Client& client_;
  base::Logger* log_;
  EventBook book_;
  std::deque<Write> waiting_;
  TaskGroup writer_;  // at most one WriteAll
  asio::steady_timer expiry_;
  bool armed_ = false;
  std::string trouble_;  // the last that was logged
};

EventRecorder::EventRecorder(const asio::any_io_executor& executor, kube::Client& client,
                             const std::string& instance, base::Logger* log)
    : impl_(std::make_shared<Impl>(executor, client, instance, log)) {}

EventRecorder::~EventRecorder() { impl_->Close(); }

void EventRecorder::Record(const kube::Json& regarding, const EventText& text) {
  impl_->Record(regarding, text);
}

asio::awaitable<void> EventRecorder::Flush() { return Impl::Flush(impl_); }

}  // namespace monoceros::runtime
