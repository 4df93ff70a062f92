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

using SlotIndex = uint32_t;

// What reading an exchange's response stream gave.
enum class ReadStatus {
  kFrame,      // a frame is available
  kEmpty,      // nothing more for now
  kViolation,  // the worker broke the protocol: give the whole channel up and have it killed
};

// The router's side of one channel. One thread. Nothing the worker writes can make it fail, block
// or touch memory outside the mapping; a breach shows as kViolation or as broken().
class RouterEnd {
 public:
  // Maps and checks the channel. The error says what is wrong with the memory.
  static base::Result<std::unique_ptr<RouterEnd>> Attach(RouterFds fds);
  virtual ~RouterEnd() = default;

  // --- Giving work -------------------------------------------------------------------------
  // A free slot with a fresh request stream, or nothing when all slots are in use or the ring is
  // full of revoked entries that the worker has not passed yet (passing them rings the bell).
  virtual std::optional<SlotIndex> Open(uint64_t request_id) = 0;
  // Appends a frame to the request stream. Returns the payload bytes accepted: kData as far as
  // credit and blocks reach. Any other type is always accepted whole: what finds no room yet is
  // kept aside and goes out, in order, when CollectDirty finds credit.
  virtual size_t Write(SlotIndex slot, FrameType type, std::span<const std::byte> payload) = 0;
  // Bytes of kData that Write would take now.
  virtual size_t Credit(SlotIndex slot) const = 0;
  // Publishes everything written and, the first time, puts the exchange into the ring: it is
  // *assigned* from here. Wakes nobody; see Ring.
  virtual void Publish(SlotIndex slot) = 0;
  // Takes an assigned exchange back: true when the worker had not taken it and never will; the
  // slot is free again. False when it is taken (or was never assigned).
  virtual bool Revoke(SlotIndex slot) = 0;
  // Wakes as many sleeping threads as there is news for, or the loop. Once per turn of the event
  // loop; cheap when nobody sleeps.
  virtual void Ring() = 0;
  // Ring entries that the worker has not passed yet, those of revoked exchanges included: with
  // nothing assigned and some of these, it is not running.
  virtual uint64_t CountUnpassed() const = 0;

  // --- Following it ------------------------------------------------------------------------
  virtual bool IsTaken(SlotIndex slot) const = 0;
  // When the worker took it, by its own clock reading, clamped to [assigned, now]; 0 if not taken.
  virtual base::Nanoseconds TakenAt(SlotIndex slot) const = 0;
  // Calls `visit` for every slot the worker has touched since the last call (state, frames or
  // credit). Spurious visits are possible.
  virtual void CollectDirty(const std::function<void(SlotIndex)>& visit) = 0;
  // The next unread frame of the response stream. Reading does not give credit back.
  virtual ReadStatus Read(SlotIndex slot, Frame& frame) = 0;
  // What the worker last reported that the exchange cost it: complete once kEnd was read, so far
  // before. Each part is at most the time since the exchange was assigned, or -1.
  virtual RequestTimes Times(SlotIndex slot) const = 0;
  // Gives back the credit of every frame read so far; their payloads are invalid afterwards.
  virtual void Consume(SlotIndex slot) = 0;
  // Tells the worker that nobody wants the rest (client gone). The exchange still ends by the
  // worker's kEnd or kAbort frame.
  virtual void Disconnect(SlotIndex slot) = 0;
  // Tells the worker that the client sends nothing more: it has left, or it waits for the response
  // with one half of its connection closed. An assigned exchange goes on as before.
  virtual void HalfClose(SlotIndex slot) = 0;
  // After kEnd or kAbort was read, or when the exchange was never published: the slot may be opened
  // again.
  virtual void Close(SlotIndex slot) = 0;

  // --- Descriptors -------------------------------------------------------------------------
  // Sends `fd` for the exchange (before the kFile frame is published). False when the socket is
  // full or the worker is gone.
  virtual bool SendDescriptor(SlotIndex slot, int fd) = 0;
  // The descriptor that belongs to the kFile frame just read; empty on a breach.
  virtual base::Fd ReceiveDescriptor(SlotIndex slot) = 0;

  // --- Sleeping ----------------------------------------------------------------------------
  // Announces that the router is about to wait on bell(). False when there is news already, and
  // nothing was announced: look at CollectDirty first.
  virtual bool PrepareToSleep() = 0;
  virtual void WokeUp() = 0;
  // eventfd to watch edge-triggered; need never be read.
  virtual int bell() const = 0;

  virtual bool broken() const = 0;
  virtual const Shape& shape() const = 0;
  // Bytes of the response arena that the worker published and nobody consumed yet, as far as the
  // router has looked.
  virtual size_t resident_bytes() const = 0;
  // Gives idle blocks of the request arena back to the system. Once in a while.
  virtual void Trim() = 0;
};

}  // namespace monoceros::channel
