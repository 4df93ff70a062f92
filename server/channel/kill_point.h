// SPDX-License-Identifier: Apache-2.0
#pragma once

// Steps of the protocol at which a test build can be killed; docs/channel.md lists them under the
// same names. In the product MONOCEROS_KILL_POINT is nothing.
namespace monoceros::channel {

enum class KillPoint {
  // --- router ---
  kOpened,            // R1 a free slot was chosen, nothing shared yet
  kSlotReset,         // R2 the slot's counters are reset
  kRequestWritten,    // R3 frames lie in the request arena, unpublished
  kRequestPublished,  // R4 the request stream's counter is published, slot not assigned
  kAssigned,          // R5 the slot is assigned, not yet in the ring
  kInRing,            // R6 the ring holds the entry, nobody was woken
  kSleeperChosen,     // R7 a sleeper's bit is cleared, its word not yet set
  kRang,              // R8 everybody was woken
  kRevoked,           // R9 an assigned slot was taken back, not yet given away again
  kResponseRead,      // R10 response frames were read, not acknowledged
  kResponseAcked,     // R11 credit was given back, nobody woken
  kDisconnectStored,  // R12 the exchange is marked disconnected
  kClosed,            // R13 the slot is free again
  kRouterAnnounced,   // R14 the router has said that it sleeps, and has not looked again
  kDirtyTaken,        // R15 a word of the dirty set was emptied, nothing visited yet
  // --- worker ---
  kSleepAnnounced,     // W1 the thread's bit is set, it has not looked again
  kPopped,             // W2 the ring's entry is won, the slot not yet taken
  kTaken,              // W3 the slot is taken, the time not yet stored
  kTakenStamped,       // W4 the time is stored
  kRequestRead,        // W5 request frames were read, not acknowledged
  kRequestAcked,       // W6 credit was given back, the router not told
  kResponseWritten,    // W7 frames lie in the response arena, unpublished
  kResponsePublished,  // W8 the response stream's counter is published, the slot not marked
  kDirtyMarked,        // W9 the slot is marked dirty, the router not rung
  kRouterRung,         // W10 the router was rung
  kEndPublished,       // W11 the last byte is published: the slot is the router's again
  kWaiting,            // W12 the slot's word says that a thread waits, it has not looked again
  kLoopAnnounced,      // W13 the loop has said that it sleeps, and has not looked again
  kCount
};

#ifdef MONOCEROS_KILL_POINTS
// Defined by the test program.
void HitKillPoint(KillPoint point);
#define MONOCEROS_KILL_POINT(point) \
  ::monoceros::channel::HitKillPoint(::monoceros::channel::KillPoint::point)
#else
#define MONOCEROS_KILL_POINT(point) static_cast<void>(0)
#endif

}  // namespace monoceros::channel
