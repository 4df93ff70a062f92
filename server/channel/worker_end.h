// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "channel/channel.h"
#include "channel/frame.h"
#include "channel/request_times.h"

namespace monoceros::channel {

// An exchange that this worker has taken; used by one thread (or task) at a time. The WorkerEnd
// owns the object: it is valid until Finish or Abort, one of which must be called exactly once, and
// no longer than the WorkerEnd.
class Exchange {
 public:
  virtual uint32_t slot() const = 0;
  virtual uint64_t request_id() const = 0;
  virtual base::Nanoseconds taken_at() const = 0;

  // --- Request stream ----------------------------------------------------------------------
  // The next unread frame, or nothing for now. A breach by the router reads as a kAbort frame.
  virtual std::optional<Frame> Read() = 0;
  // Gives back the credit of the frames read so far; their payloads are invalid afterwards.
  virtual void Consume() = 0;
  // Blocks until Read would give a frame, the client is gone or the channel is closed. False on
  // the latter two. Call without the GIL.
  virtual bool WaitReadable() = 0;
  // The descriptor that belongs to the kFile frame just read.
  virtual base::Fd ReceiveDescriptor() = 0;

  // --- Response stream ---------------------------------------------------------------------
  // Appends a frame; kData as far as credit reaches (returns payload bytes accepted). Any other
  // type is always accepted whole: what finds no room yet is kept aside and goes out, in order,
  // with the next Write, Flush, WaitWritable or Finish that finds credit. kEnd and kAbort are for
  // Finish and Abort to write. Nothing is visible to the router before Flush.
  virtual size_t Write(FrameType type, std::span<const std::byte> payload) = 0;
  // Publishes what was written and wakes the router if it sleeps.
  virtual void Flush() = 0;
  // Flushes, then blocks until Write has credit for at least one byte of data, the client is gone
  // or the channel is closed. False on the latter two. Call without the GIL.
  virtual bool WaitWritable() = 0;
  // Sends `fd` (duplicated by the kernel) to go with the next kFile frame. False when the router
  // is gone. May block for a moment when the socket is full; call without the GIL.
  virtual bool SendDescriptor(int fd) = 0;
  // What the exchange has cost so far: the router can read it as soon as it can read what is
  // flushed (or finished) next, and until another report. Cheap.
  virtual void ReportTimes(const RequestTimes& times) = 0;
  // The client is gone or the channel is closed: what is written from now on is thrown away.
  virtual bool disconnected() const = 0;
  // The client sends nothing more: it is gone, or has closed its half of the connection and may be
  // gone. What is written still goes to it as long as it is not disconnected().
  virtual bool half_closed() const = 0;

  // Writes kEnd (or kAbort), flushes, and gives the slot back to the router. Blocking classes wait
  // for credit if they must: call without the GIL when bytes may still be outstanding. In a loop
  // class nothing waits: what is left goes out in WorkerEnd::CollectDirty.
  virtual void Finish() = 0;
  virtual void Abort() = 0;

 protected:
  ~Exchange() = default;
};

enum class WaitStatus {
  kExchange,  // one was taken
  kPoked,     // look at the control socket
  kTimeout,
  kClosed,  // the router closed the channel, or broke it
};

struct Taken {
  WaitStatus status;
  Exchange* exchange = nullptr;  // only with kExchange; owned by the WorkerEnd
};

// The worker's side of one channel. Take, Wait and the exchanges may be used by many threads.
// The mapping is MADV_DONTFORK: in a child that the application forks every call is a no-op that
// reports kClosed, and nothing is touched.
class WorkerEnd {
 public:
  static base::Result<std::unique_ptr<WorkerEnd>> Attach(WorkerFds fds);
  virtual ~WorkerEnd() = default;

  // Takes the oldest assigned exchange if there is one. Never blocks.
  virtual Exchange* TryTake() = 0;
  // Blocking classes: waits on this thread's futex word until an exchange was taken, a poke or
  // `limit` (negative: none). `thread` < shape().threads. Call without the GIL.
  virtual Taken Wait(uint32_t thread, base::Nanoseconds limit) = 0;
  // Wakes thread `thread` out of Wait with kPoked. Async-signal-safe.
  virtual void PokeThread(uint32_t thread) = 0;

  // Loop classes: announces that the loop is about to wait on bell(); false when there is work
  // already and nothing was announced. WokeUp also empties the bell.
  virtual bool PrepareToSleep() = 0;
  virtual void WokeUp() = 0;
  virtual int bell() const = 0;
  // Loop classes: calls `visit` for every open exchange with news (body, credit, disconnect) since
  // the last call. Spurious visits are possible; finished exchanges are not visited.
  virtual void CollectDirty(const std::function<void(Exchange&)>& visit) = 0;

  // The router is dead (the master said so): every wait returns, what is written is thrown away.
  // Exchanges still have to be finished. Thread-safe.
  virtual void Abandon() = 0;
  // Gives idle blocks of the response arena back to the system, those of running streams that are
  // quiet only in loop classes. Once in a while; thread-safe, of a loop class in its loop's thread.
  virtual void Trim() = 0;

  virtual bool closed() const = 0;
  virtual const Shape& shape() const = 0;
};

}  // namespace monoceros::channel
