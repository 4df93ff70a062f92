// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/fork_canary.h"
#include "channel/channel.h"
#include "channel/descriptors.h"
#include "channel/mapping.h"
#include "channel/stream_writer.h"

namespace monoceros::channel {

// What the exchanges of one WorkerEnd share.
class WorkerChannel {
 public:
  WorkerChannel(std::shared_ptr<Mapping> mapping, WorkerFds fds);

  Mapping& mapping() const { return *mapping_; }
  Header& header() const { return mapping_->header(); }
  Arena& responses() { return responses_; }
  Descriptors& descriptors() { return descriptors_; }
  int worker_bell() const { return worker_bell_.get(); }

  // True in children that the application forked: the memory is not there.
  bool in_forked_child() const { return canary_.InChild(); }
  bool closed() const {
    return in_forked_child() || header().closed.load(std::memory_order_acquire) != 0;
  }
  bool blocking() const { return mapping_->shape().threads > 0; }

  // Marks the slot for the router and rings if it sleeps.
  void TellRouter(uint32_t slot);

  // Frees response blocks of exchanges that ended; set by the WorkerEnd.
  std::function<void()> reclaim_idle;
  // By thread: Header::poke when it last looked. Each entry belongs to its thread.
  std::vector<uint32_t> seen_pokes;

 private:
  const std::shared_ptr<Mapping> mapping_;
  base::ForkCanary canary_;
  Arena responses_;
  Descriptors descriptors_;
  const base::Fd router_bell_;
  const base::Fd worker_bell_;
};

}  // namespace monoceros::channel
