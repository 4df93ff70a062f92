// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/log_sinks.h"
#include "base/log_write.h"

namespace monoceros::base {
namespace {

// How often a thread that waits for its reader looks whether it should leave.
constexpr int kSliceMilliseconds = 100;
// Lines of a busy moment share one write and one wake-up.
constexpr std::chrono::milliseconds kGatherTime{5};
constexpr Nanoseconds kFarewell = kNanosecondsPerSecond;

std::string DropNotice(uint64_t count, std::string_view next_line) {
  const bool json = next_line.starts_with('{');
  return json ? fmt::format("{{\"message\":\"{} log lines were dropped\",\"dropped\":{}}}\n", count,
                            count)
              : fmt::format("{} log lines were dropped\n", count);
}

uint64_t CountLines(std::string_view bytes) {
  return static_cast<uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
}

}  // namespace

// Two buffers: callers append to one while the thread writes the other; together they hold at most
// `capacity` bytes.
class ThreadSink::Impl {
 public:
  Impl(Fd fd, size_t capacity) : fd_(std::move(fd)), capacity_(capacity) {
    pending_.reserve(capacity);
    batch_.reserve(capacity);
    StartThread();
  }

  ~Impl() {
    leave_at_.store(MonotonicNow() + kFarewell);
    {
      const std::lock_guard lock(mutex_);
      leaving_ = true;
    }
    work_.notify_one();
    thread_.join();
  }

  void Append(std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (!TryAppend(line)) {
      ++unreported_;
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (asleep_) work_.notify_one();
  }

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  // Signals belong to the threads that handle them; a new thread inherits the mask.
  void StartThread() {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { Run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  bool TryAppend(std::string_view line) {
    const std::string notice = unreported_ > 0 ? DropNotice(unreported_, line) : std::string();
    const size_t used = pending_.size() + batch_bytes_;
    if (used + notice.size() + line.size() > capacity_) return false;
    pending_.append(notice).append(line);
    unreported_ = 0;
    return true;
  }

  void Run() {
    while (TakeBatch()) WriteBatch();
  }

  // False when the sink is leaving and nothing is left.
  bool TakeBatch() {
    std::unique_lock lock(mutex_);
    batch_bytes_ = 0;
    asleep_ = true;
    work_.wait(lock, [this] { return leaving_ || !pending_.empty(); });
    asleep_ = false;
    work_.wait_for(lock, kGatherTime, [this] { return leaving_; });
    batch_.clear();
    std::swap(batch_, pending_);
    batch_bytes_ = batch_.size();
    return !batch_.empty();
  }

  void WriteBatch() {
    std::string_view rest = batch_;
    WriteOutcome outcome = WriteOutcome::kWritten;
    while (!rest.empty() && outcome != WriteOutcome::kFailed && MonotonicNow() < leave_at_.load()) {
      outcome = WritePiece(fd_.get(), rest, kSliceMilliseconds);
    }
    if (rest.empty()) return;
    const uint64_t lost = CountLines(rest);
    dropped_.fetch_add(lost, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    unreported_ += lost;
  }

  const Fd fd_;
  const size_t capacity_;
  std::atomic<uint64_t> dropped_{0};
  std::atomic<Nanoseconds> leave_at_{INT64_MAX};
  std::string batch_;  // the thread's own

  std::mutex mutex_;
  std::condition_variable work_;
  std::string pending_;
  size_t batch_bytes_ = 0;
  uint64_t unreported_ = 0;
  bool asleep_ = false;
  bool leaving_ = false;
  std::thread thread_;
};

ThreadSink::ThreadSink(Fd fd, size_t capacity_bytes)
    : impl_(std::make_unique<Impl>(std::move(fd), capacity_bytes)) {}
ThreadSink::~ThreadSink() = default;
void ThreadSink::Write(std::string_view line) { impl_->Append(line); }
uint64_t ThreadSink::dropped() const { return impl_->dropped(); }

}  // namespace monoceros::base
