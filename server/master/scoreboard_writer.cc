// SPDX-License-Identifier: Apache-2.0
#include "master/scoreboard_writer.h"

#include <algorithm>
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

void PublishText(const std::string& text, std::span<std::atomic<char>> field) {
  for (size_t i = 0; i < field.size(); ++i) {
    const bool inside = i < text.size() && i + 1 < field.size();
    field[i].store(inside ? text[i] : '\0', kRelaxed);
  }
}

void PublishWorker(const Worker& worker, scoreboard::WorkerRow& row) {
  const WorkerIdentity& identity = worker.identity();
  row.state.store(static_cast<uint32_t>(StateOf(worker)), kRelaxed);
  row.pid.store(worker.pid(), kRelaxed);
  row.incarnation.store(identity.incarnation, kRelaxed);
  row.generation.store(identity.generation, kRelaxed);
  row.started_at.store(worker.started_at(), kRelaxed);
  row.threads.store(std::max(worker.threads(), worker.threads_asked()), kRelaxed);
  row.capacity.store(worker.capacity(), kRelaxed);
  PublishText(identity.worker_class, row.worker_class);
}

}  // namespace monoceros::master
