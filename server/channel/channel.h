// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/fd.h"

namespace monoceros::channel {

// Sizes of one channel, fixed at its creation. The master derives them from the worker class.
struct Shape {
  uint32_t slots = 1;    // exchanges open at once, 1..4096
  uint32_t threads = 1;  // blocking threads that may wait for work, 0..1024 (0: loop class)
  // 4 KiB blocks of the two arenas, at most 65536 each. Create raises them to `slots`: every open
  // exchange can then always move, if only a block at a time. A block costs memory while in use.
  uint32_t request_blocks = 64;
  uint32_t response_blocks = 64;
};

// The two sides' descriptors. Whoever holds one set is that side.
struct RouterFds {
  base::Fd memory;       // memfd with the layout of docs/channel.md
  base::Fd router_bell;  // eventfd; rung by the worker when the router said that it sleeps
  base::Fd worker_bell;  // eventfd; rung by the router for loop classes
  base::Fd socket;       // SOCK_SEQPACKET; passes descriptors
};
struct WorkerFds {
  base::Fd memory;
  base::Fd router_bell;
  base::Fd worker_bell;
  base::Fd socket;
};

// Both ends of a new channel, plus the master's own descriptor of the memory for Poke.
struct NewChannel {
  RouterFds router;
  WorkerFds worker;
  base::Fd memory;
};

// Creates a channel: memory allocated (header only; arenas are sparse), initialised, sealed
// against resizing, everything close-on-exec and non-blocking. Throws base::SystemError.
NewChannel Create(const Shape& shape);

// The master's handle for waking a worker that waits on the channel for work, so that it looks at
// its control socket. Touches no page of the arenas.
class Poker {
 public:
  // Throws base::SystemError.
  explicit Poker(int memory_fd);
  ~Poker();
  Poker(Poker&& other) noexcept;
  Poker& operator=(Poker&&) = delete;
  Poker(const Poker&) = delete;

  // Every thread waiting in WorkerEnd::Wait returns kPoked once; a loop class is woken by its
  // worker_bell, which the caller rings itself.
  void Poke();
  // The channel's router is dead: in the worker every wait, also those inside an exchange, returns
  // kClosed or false. The worker of a loop class must be woken by its worker_bell as well.
  void Close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::channel
