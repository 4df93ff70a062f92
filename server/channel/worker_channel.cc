// SPDX-License-Identifier: Apache-2.0
#include "channel/worker_channel.h"

#include <unistd.h>

#include <utility>

#include "channel/kill_point.h"
#include "channel/slot_set.h"

namespace monoceros::channel {

WorkerChannel::WorkerChannel(std::shared_ptr<Mapping> mapping, WorkerFds fds)
    : seen_pokes(mapping->shape().threads),
      mapping_(std::move(mapping)),
      responses_(mapping_->response_blocks(), mapping_->shape().slots, true),
      descriptors_(std::move(fds.socket)),
      router_bell_(std::move(fds.router_bell)),
      worker_bell_(std::move(fds.worker_bell)) {}

void WorkerChannel::TellRouter(uint32_t slot) {
  MarkSlot(header().dirty, slot);
  MONOCEROS_KILL_POINT(kDirtyMarked);
  std::atomic<uint32_t>& sleeping = header().router_sleeping;
  if (sleeping.load(std::memory_order_seq_cst) == 0) return;
  if (sleeping.exchange(0, std::memory_order_seq_cst) == 0) return;
  const uint64_t one = 1;
  // The router never reads its bell (it is watched edge-triggered), so it could be full after 2^64
  // rings at the earliest.
  if (::write(router_bell_.get(), &one, sizeof one) < 0) return;
  MONOCEROS_KILL_POINT(kRouterRung);
}

}  // namespace monoceros::channel
