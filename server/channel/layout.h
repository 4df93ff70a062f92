// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "channel/channel.h"

// The bytes of a channel's memory; docs/channel.md has the same tables. Who writes a field is said
// beside it. Every field that one side writes while the other may read it is atomic.
namespace monoceros::channel {

inline constexpr uint64_t kMagic = 0x314e4e4843434e4d;  // "MNCCHNN1" in memory
inline constexpr uint32_t kVersion = 1;

inline constexpr uint32_t kMaxSlots = 4096;
inline constexpr uint32_t kMaxThreads = 1024;
inline constexpr uint32_t kMaxBlocks = 65536;

inline constexpr uint32_t kBlockBytes = 4096;
inline constexpr uint32_t kBlockPayload = kBlockBytes - 8;
inline constexpr uint32_t kNoBlock = UINT32_MAX;
inline constexpr uint32_t kMaxWindowBlocks = 64;

// A set of slots, written by one side and emptied by the other. Bit w of `summary` says that
// words[w] may hold bits.
struct SlotSet {
  std::atomic<uint64_t> summary;
  std::atomic<uint64_t> words[kMaxSlots / 64];
};

// Written once by Create.
struct Identity {
  uint64_t magic;
  uint32_t version;
  uint32_t slots;
  uint32_t threads;
  uint32_t request_blocks;
  uint32_t response_blocks;
  uint32_t ring_entries;
};

struct Header {
  Identity identity;
  alignas(128) std::atomic<uint64_t> ring_tail;        // router: entries ever put into the ring
  std::atomic<uint32_t> closed;                        // router, or the master for a dead router: 1
  alignas(128) std::atomic<uint64_t> ring_head;        // worker: entries ever taken out of the ring
  alignas(128) std::atomic<uint32_t> router_sleeping;  // router: 1; worker: 0 when it rings
  alignas(64) std::atomic<uint32_t> loop_sleeping;     // worker: 1; router: 0 when it rings
  alignas(64) std::atomic<uint32_t> poke;              // master: counts pokes
  // Worker: a thread sets its bit before it sleeps; whoever wakes it clears the bit.
  alignas(128) std::atomic<uint64_t> sleepers[kMaxThreads / 64];
  alignas(1024) SlotSet dirty;  // worker sets, router empties
  alignas(1024) SlotSet news;   // router sets, worker empties; loop classes only
  // One futex word per thread: kWordWork and kWordPoked, set by wakers, cleared by the thread.
  alignas(4096) std::atomic<uint32_t> thread_words[kMaxThreads];
};

inline constexpr uint32_t kWordWork = 1;
inline constexpr uint32_t kWordPoked = 2;

// What the writer of a byte stream tells its reader. Positions count bytes of block payload since
// the exchange was opened, padding included.
struct StreamOut {
  std::atomic<uint64_t> published;         // the reader may read up to here
  std::atomic<uint64_t> restart_position;  // here the stream goes on in `restart_block`
  std::atomic<uint32_t> restart_block;
};

// A channel slot: one exchange's descriptor. Entry of the ring and state word have one form:
// sequence << 16 | low, where low is the slot's index in the ring and its state in the slot.
struct Slot {
  // --- written by the router (the state also by the worker that takes) ---
  alignas(64) std::atomic<uint64_t> state;
  std::atomic<uint64_t> request_id;
  StreamOut request;
  std::atomic<uint32_t> disconnected;  // kClientHalfClosed, then kClientGone
  std::atomic<uint64_t> response_acked;
  // --- written by the worker (reset by the router while the slot is free) ---
  alignas(64) std::atomic<int64_t> taken_at;
  StreamOut response;
  std::atomic<uint64_t> request_acked;
  std::atomic<int64_t> gil_wait;  // RequestTimes: visible with `response.published`
  std::atomic<int64_t> cpu;
  std::atomic<int64_t> run_queue;
  // --- futex word of the thread that waits for body or credit: worker sets 1, router 0 ---
  alignas(64) std::atomic<uint32_t> waiter;
};

inline constexpr uint32_t kClientGone = 1;
inline constexpr uint32_t kClientHalfClosed = 2;

inline constexpr uint64_t kStateFree = 0;
inline constexpr uint64_t kStateAssigned = 1;
inline constexpr uint64_t kStateTaken = 2;

constexpr uint64_t Tagged(uint64_t sequence, uint64_t low) { return sequence << 16 | low; }
constexpr uint64_t SequenceOf(uint64_t word) { return word >> 16; }
constexpr uint64_t LowOf(uint64_t word) { return word & 0xffff; }

struct Block {
  std::atomic<uint32_t> next;  // index of the stream's next block, valid once it was published
  uint32_t reserved;
  std::byte payload[kBlockPayload];
};

// Header of a frame: one aligned 64-bit word, so that a reader loads it once.
struct FrameHeader {
  uint32_t length;  // bytes of payload that follow in this block
  uint8_t type;     // FrameType; 0 pads to the end of the block
  uint8_t flags;    // kMore
  uint16_t reserved;
};

inline constexpr uint8_t kPadding = 0;
inline constexpr uint8_t kMore = 1;  // the payload goes on in the next frame of the same type

constexpr uint32_t AlignFrame(uint32_t length) { return (length + 7) & ~7U; }

// Where things lie in a channel of a given shape; a pure function of the shape.
struct Geometry {
  explicit Geometry(const Shape& shape);

  uint32_t ring_entries;   // power of two, at least two per slot
  size_t ring_offset;      // of std::atomic<uint64_t>[ring_entries]
  size_t slots_offset;     // of Slot[slots]
  size_t request_offset;   // of Block[request_blocks]; everything before it is "control"
  size_t response_offset;  // of Block[response_blocks]
  size_t total_bytes;
  uint32_t request_window;   // blocks that one request stream may hold
  uint32_t response_window;  // blocks that one response stream may hold
};

// `shape` with its arenas raised to what Create promises.
Shape Normalised(const Shape& shape);
// Whether the numbers are within their limits and normalised.
bool IsValid(const Shape& shape);

static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<uint32_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint64_t>) == 8 && sizeof(std::atomic<uint32_t>) == 4);
static_assert(sizeof(Identity) == 32);
static_assert(offsetof(Header, ring_tail) == 128 && offsetof(Header, closed) == 136);
static_assert(offsetof(Header, ring_head) == 256);
static_assert(offsetof(Header, router_sleeping) == 384);
static_assert(offsetof(Header, loop_sleeping) == 448);
static_assert(offsetof(Header, poke) == 512);
static_assert(offsetof(Header, sleepers) == 640);
static_assert(offsetof(Header, dirty) == 1024 && offsetof(Header, news) == 2048);
static_assert(offsetof(Header, thread_words) == 4096 && sizeof(Header) == 8192);
static_assert(sizeof(SlotSet) == 520 && sizeof(StreamOut) == 24);
static_assert(offsetof(StreamOut, restart_position) == 8 &&
              offsetof(StreamOut, restart_block) == 16);
static_assert(offsetof(Slot, request_id) == 8 && offsetof(Slot, request) == 16);
static_assert(offsetof(Slot, disconnected) == 40 && offsetof(Slot, response_acked) == 48);
static_assert(offsetof(Slot, taken_at) == 64 && offsetof(Slot, response) == 72);
static_assert(offsetof(Slot, request_acked) == 96 && offsetof(Slot, gil_wait) == 104);
static_assert(offsetof(Slot, cpu) == 112 && offsetof(Slot, run_queue) == 120);
static_assert(offsetof(Slot, waiter) == 128);
static_assert(sizeof(Slot) == 192 && sizeof(Slot) <= 256);
static_assert(sizeof(Block) == kBlockBytes && offsetof(Block, payload) == 8);
static_assert(sizeof(FrameHeader) == 8 && offsetof(FrameHeader, type) == 4);
static_assert(offsetof(FrameHeader, flags) == 5 && offsetof(FrameHeader, reserved) == 6);

}  // namespace monoceros::channel
