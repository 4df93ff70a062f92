// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/worker.h"

#include <poll.h>

#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "worker/classes/signals.h"

namespace monoceros::worker {
namespace {

template <typename T>
T Unwrap(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// Workers that started together must not all leave together.
uint64_t DrawLastRequest(const StartOrder& start) {
  if (start.max_requests <= 0) return 0;
  std::random_device random;
  std::uniform_int_distribution<uint64_t> jitter(
      0, static_cast<uint64_t>(std::max<int64_t>(start.max_requests_jitter, 0)));
  return static_cast<uint64_t>(start.max_requests) + jitter(random);
}

}  // namespace

Worker::Worker(const StartOrder& start, ForkOrder order, base::Logger& logger)
    : row_(order.row),
      threads_(order.threads),
      logger_(logger),
      control_(std::move(order.control)),
      stamps_(order.stamps, order.threads, /*fork_shared=*/false),
      scoreboard_(Unwrap(scoreboard::Scoreboard::Open(order.scoreboard, /*writable=*/true))),
      main_stamps_{&stamps_.page(), &main_stamp_, &canary_},
      channel_(Unwrap(channel::WorkerEnd::Attach(std::move(order.channel)))),
      last_request_(DrawLastRequest(start)) {
  const scoreboard::Header& header = scoreboard_.header();
  if (row_ >= header.worker_rows || threads_ > header.threads_per_worker) {
    throw std::runtime_error("the scoreboard has no room for this worker");
  }
  if (threads_ == 0 || threads_ > channel_->shape().threads) {
    throw std::runtime_error("the channel has no room for this worker's threads");
  }
}

std::shared_ptr<channel::WorkerEnd> Worker::channel() const {
  const std::lock_guard lock(mutex_);
  return channel_;
}

void Worker::AwaitOtherChannel(const channel::WorkerEnd* old) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return leaving() || channel_.get() != old; });
}

void Worker::FollowMaster() {
  FollowSignals();
  while (std::optional<Wish> wish = leaving() ? std::nullopt : control_.Next()) {
    if (wish->kind == Wish::Kind::kAttach) {
      Attach(std::move(*wish->channel));
      continue;
    }
    orphaned_ = wish->kind == Wish::Kind::kOrphan;
    Leave();
  }
}

void Worker::AwaitMaster(int milliseconds) {
  {
    const python::ReleaseGil released(main_stamps_);
    pollfd ready{control_.fd(), POLLIN, 0};
    ::poll(&ready, 1, milliseconds);
  }
  FollowMaster();
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
  std::shared_ptr<channel::WorkerEnd> old;
  {
    const std::lock_guard lock(mutex_);
    old = std::exchange(channel_, std::shared_ptr<channel::WorkerEnd>(std::move(*next)));
  }
  old->Abandon();
  changed_.notify_all();
}

void Worker::Leave() {
  const std::shared_ptr<channel::WorkerEnd> current = channel();
  {
    const std::lock_guard lock(mutex_);
    leaving_.store(true, std::memory_order_relaxed);
  }
  changed_.notify_all();
  for (uint32_t thread = 0; thread < threads_; ++thread) current->PokeThread(thread);
}

}  // namespace monoceros::worker
