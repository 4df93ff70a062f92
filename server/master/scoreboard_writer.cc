// SPDX-License-Identifier: Apache-2.0
#include "master/scoreboard_writer.h"

#include <array>
#include <string>

namespace monoceros::master {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

scoreboard::WorkerState StateOf(const Worker& worker) {
  if (worker.leaving()) return scoreboard::WorkerState::kDraining;
  return worker.state() == Worker::State::kReady ? scoreboard::WorkerState::kReady
                                                 : scoreboard::WorkerState::kStarting;
}

}  // namespace

void PublishWorker(const Worker& worker, scoreboard::WorkerRow& row) {
  const WorkerIdentity& identity = worker.identity();
  row.state.store(static_cast<uint32_t>(StateOf(worker)), kRelaxed);
  row.pid.store(worker.pid(), kRelaxed);
  row.incarnation.store(identity.incarnation, kRelaxed);
  row.generation.store(identity.generation, kRelaxed);
  row.started_at.store(worker.started_at(), kRelaxed);
  row.threads.store(identity.profile.threads, kRelaxed);
  row.capacity.store(identity.profile.capacity, kRelaxed);
  constexpr size_t kNameBytes = sizeof row.worker_class / sizeof row.worker_class[0];
  for (size_t i = 0; i < kNameBytes; ++i) {
    const bool inside = i < identity.worker_class.size() && i + 1 < kNameBytes;
    row.worker_class[i].store(inside ? identity.worker_class[i] : '\0', kRelaxed);
  }
}

}  // namespace monoceros::master
