// SPDX-License-Identifier: Apache-2.0
#include "master/channel_plan.h"

#include <algorithm>

#include "config/worker_class.h"
#include "scoreboard/layout.h"

namespace monoceros::master {
namespace {

// What a gthread worker can grow to without being replaced.
constexpr uint32_t kMinRoom = 64;
constexpr uint32_t kGrowth = 4;
constexpr uint32_t kMaxChannelThreads = 1024;

constexpr uint32_t kMinWorkerRows = 64;
constexpr uint64_t kMaxBoardBytes = 16 << 20;

constexpr uint32_t kMaxSlots = 4096;

WorkerProfile LoopProfile(int connections) {
  const auto most = static_cast<uint32_t>(std::clamp<int>(connections, 1, kMaxSlots));
  return {1, 1, most, TimeoutRule::kLoopTurn, /*loop=*/true};
}

}  // namespace

WorkerProfile ProfileOf(const config::Settings& settings, uint32_t thread_rows) {
  if (settings.worker_class == "sync") return {1, 1, 1, TimeoutRule::kRequestAge};
  if (config::WorkerClassNamed(settings.worker_class).loop)
    return LoopProfile(settings.worker_connections);
  const auto count = static_cast<uint32_t>(std::max(settings.threads, 1));
  const uint32_t most = std::min(
      {thread_rows, std::max(kMinRoom, kGrowth * count), std::max(kMaxChannelThreads, count)});
  return {count, most, count, TimeoutRule::kGilStarved};
}

BoardShape BoardFor(int workers, int surge, int threads) {
  using scoreboard::kMaxThreadsPerWorker;
  using scoreboard::kMaxWorkerRows;
  const auto needed_rows = static_cast<uint32_t>(workers + surge);
  const auto needed_threads = static_cast<uint32_t>(std::max(threads, 1));
  BoardShape shape;
  shape.worker_rows = std::clamp(2 * needed_rows, kMinWorkerRows, kMaxWorkerRows);
  shape.threads_per_worker =
      std::clamp(kGrowth * needed_threads, kGrowth * kMinRoom, kMaxThreadsPerWorker);
  const auto too_large = [&] {
    return shape.worker_rows * scoreboard::WorkerRowBytes(shape.threads_per_worker) >
           kMaxBoardBytes;
  };
  if (too_large()) {
    shape.threads_per_worker =
        std::max(needed_threads, std::min(shape.threads_per_worker, kMinRoom));
  }
  if (too_large()) shape.worker_rows = std::clamp(needed_rows + kMinRoom / 4, 1U, kMaxWorkerRows);
  return shape;
}

channel::Shape ShapeFor(const WorkerProfile& profile) {
  constexpr uint32_t kSpareSlots = 8;
  constexpr uint32_t kStreams = 3;  // for each request that a loop runs at once
  channel::Shape shape;
  shape.threads = profile.loop ? 0 : profile.max_threads;
  const uint32_t capacity = std::max(profile.capacity, profile.max_threads);
  // A tunnel of a loop keeps its slot, but gives back its part of the capacity.
  const uint32_t spare = (profile.loop ? kStreams : 1) * profile.capacity;
  shape.slots = std::min(capacity + std::max(spare, kSpareSlots), kMaxSlots);
  shape.request_blocks = std::max(64U, 2 * shape.slots);
  shape.response_blocks = std::max(256U, 4 * shape.slots);
  return shape;
}

}  // namespace monoceros::master
