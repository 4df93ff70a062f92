// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/worker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/syscall.h"
#include "worker/classes/serve.h"
#include "worker/classes/signals.h"

namespace monoceros::worker {
namespace {

template <typename T>
T Unwrap(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// Workers that started together must not all leave together.
uint64_t DrawLastRequest(const StartOrder& start, const ForkOrder& order) {
  const int64_t most = order.max_requests.value_or(start.max_requests);
  const int64_t spread = order.max_requests_jitter.value_or(start.max_requests_jitter);
  if (most <= 0) return 0;
  std::random_device random;
  std::uniform_int_distribution<uint64_t> jitter(
      0, static_cast<uint64_t>(std::max<int64_t>(spread, 0)));
  return static_cast<uint64_t>(most) + jitter(random);
}

base::Fd MakeBell() {
  return base::Fd(base::Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
}

// A process that the master starts may read our memory (monoceros-stacks), also where the kernel
// allows that to a process's own ancestors only (Yama). It fails where there is no Yama.
void LetTheMasterLook() { ::prctl(PR_SET_PTRACER, ::getppid(), 0, 0, 0); }

}  // namespace

Worker::Worker(const Class& kind, const StartOrder& start, ForkOrder order, base::Logger& logger)
    : row_(order.row),
      resizable_(kind.resizable),
      loop_(kind.loop),
      threads_(order.threads),
      logger_(logger),
      control_(std::move(order.control)),
      stamps_(order.stamps, /*fork_shared=*/false),
      scoreboard_(Unwrap(scoreboard::Scoreboard::Open(order.scoreboard, /*writable=*/true))),
      main_stamps_{&stamps_.page(), &main_stamp_, &canary_},
      channel_(Unwrap(channel::WorkerEnd::Attach(std::move(order.channel)))),
      thread_ended_(MakeBell()),
      max_threads_(std::min({loop_ ? 1 : channel_->shape().threads, stamps_.thread_count(),
                             scoreboard_.threads_per_worker()})),
      last_request_(DrawLastRequest(start, order)) {
  if (row_ >= scoreboard_.worker_rows()) {
    throw std::runtime_error("the scoreboard has no room for this worker");
  }
  if (threads_ == 0 || threads_ > max_threads_) {
    throw std::runtime_error(
        "channel, stamps or scoreboard have no room for this worker's threads");
  }
  LetTheMasterLook();
  TellWhereStacksAre();
}

void Worker::TellWhereStacksAre() {
  if (MonocerosFillStackTable(&stack_table_) == 0) return;
  // release: whoever sees the address finds the table filled.
  stamps_.page().stack_table.store(reinterpret_cast<uintptr_t>(&stack_table_),
                                   std::memory_order_release);
}

void Worker::Account(const Accounting& accounting) {
  accounting_ = accounting;
  scoreboard::WorkerRow& row = scoreboard_.worker(row_);
  row.gil_meter.store(static_cast<uint32_t>(accounting.gil), std::memory_order_relaxed);
  if (accounting.gil != scoreboard::GilMeterState::kMeasured) return;
  tell_.emplace(gil_meter::ProcessGauge{&row.gil_wait_nanoseconds, &row.gil_waits,
                                        &stamps_.page().gil_acquired_at, &canary_});
}

std::shared_ptr<channel::WorkerEnd> Worker::channel() const {
  const std::lock_guard lock(mutex_);
  return channel_;
}

void Worker::AwaitOtherChannel(const channel::WorkerEnd* old, uint32_t index) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return leaving(index) || channel_.get() != old; });
}

void Worker::FollowMaster() {
  FollowSignals();
  while (std::optional<Wish> wish = leaving() ? std::nullopt : control_.Next()) {
    switch (wish->kind) {
      case Wish::Kind::kAttach:
        Attach(std::move(*wish->channel));
        continue;
      case Wish::Kind::kThreads:
        WantThreads(wish->threads);
        continue;
      case Wish::Kind::kDrain:
        draining_ = true;
        continue;
      case Wish::Kind::kOrphan:
        orphaned_ = true;
        break;
      case Wish::Kind::kStop:
        break;
    }
    Leave();
  }
}

void Worker::AwaitMaster(int milliseconds) {
  {
    const python::ReleaseGil released(main_stamps_);
    std::array<pollfd, 2> ready{{{control_.fd(), POLLIN, 0}, {thread_ended_.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), milliseconds) == 0) channel()->Trim();
  }
  FollowMaster();
}

void Worker::Trim() {
  const python::ReleaseGil released(main_stamps_);
  channel()->Trim();
}

void Worker::CountRequest() {
  const uint64_t number = stamps_.page().requests.fetch_add(1, std::memory_order_relaxed) + 1;
  if (number == last_request_) control_.SendRetire("max_requests");
  // A worker that is never idle has no other occasion.
  FollowSignals();
}

void Worker::FollowSignals() {
  if (TakeRetireSignal()) control_.SendRetire("signal");
}

python::GilStamps Worker::gil_stamps(uint32_t thread) {
  return {&stamps_.page(), &stamps_.thread(thread), &canary_};
}

void Worker::Attach(channel::WorkerFds fds) {
  base::Result<std::unique_ptr<channel::WorkerEnd>> next =
      channel::WorkerEnd::Attach(std::move(fds));
  if (!next) {
    logger_.Error("cannot attach to the new router: {}", next.error().message);
    return;
  }
  if (!loop_ && (*next)->shape().threads < max_threads_) {
    logger_.Error("cannot attach to the new router: its channel is for fewer threads");
    return;
  }
  std::shared_ptr<channel::WorkerEnd> old;
  {
    const std::lock_guard lock(mutex_);
    old = std::exchange(channel_, std::shared_ptr<channel::WorkerEnd>(std::move(*next)));
  }
  old->Abandon();
  changed_.notify_all();
  // A poke at the old channel may have come too late for a thread that was on its way here.
  PokeFrom(0);
}

void Worker::WantThreads(uint32_t count) {
  if (!resizable_) {
    control_.SendThreads(threads());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    threads_.store(std::clamp<uint32_t>(count, 1, max_threads_), std::memory_order_relaxed);
  }
  threads_asked_ = true;
  changed_.notify_all();
  PokeFrom(threads());
}

void Worker::PokeFrom(uint32_t thread) {
  const std::shared_ptr<channel::WorkerEnd> current = channel();
  for (; thread < max_threads_; ++thread) current->PokeThread(thread);
}

void Worker::ThreadEnded(uint32_t index) {
  {
    const std::lock_guard lock(mutex_);
    ended_threads_.push_back(index);
  }
  ::eventfd_write(thread_ended_.get(), 1);
}

std::vector<uint32_t> Worker::TakeEndedThreads() {
  eventfd_t rings;
  ::eventfd_read(thread_ended_.get(), &rings);
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_threads_, {});
}

void Worker::ThreadsServe(uint32_t count) {
  if (count != threads()) threads_.store(count, std::memory_order_relaxed);
  if (std::exchange(threads_asked_, false)) control_.SendThreads(count);
}

void Worker::Leave() {
  {
    const std::lock_guard lock(mutex_);
    leaving_.store(true, std::memory_order_relaxed);
  }
  changed_.notify_all();
  PokeFrom(0);
}

}  // namespace monoceros::worker
