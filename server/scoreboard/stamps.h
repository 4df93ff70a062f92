// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>

#include "base/fd.h"

namespace monoceros::scoreboard {

// What one thread of a worker is doing, for the master's judgement of `timeout`. Written by that
// thread only, with relaxed stores; read by the master, which needs each value whole and reasonably
// fresh, but no order between them.
struct alignas(64) ThreadStamp {
  std::atomic<int64_t> busy_since;         // CLOCK_MONOTONIC ns when it took its request; 0: idle
  std::atomic<int64_t> gil_waiting_since;  // ns since when it waits for the GIL; 0: it does not
  // Of an event loop, its last turn of kLongTurn or more: when it began, and when it ended. The end
  // is stored last, and released.
  std::atomic<int64_t> long_turn_began;
  std::atomic<int64_t> long_turn_ended;
};
inline constexpr int64_t kLongTurn = 100'000'000;  // ns

// Exchanges that the master orders to be interrupted: the last kInterrupts of them, in a ring. The
// signal says that there are new ones.
inline constexpr uint64_t kInterrupts = 64;
inline int InterruptSignal() { return SIGRTMIN + 5; }

// The private page between one worker and the master: a memfd that no other process holds. The
// program monoceros-stacks finds it among the worker's mappings by its name.
inline constexpr char kStampsName[] = "monoceros-stamps";
struct StampPage {
  std::atomic<int64_t> gil_acquired_at;  // ns of the last acquisition by a thread of ours
  std::atomic<uint64_t> requests;        // exchanges taken so far by this worker
  std::atomic<uint64_t> stack_table;     // where the worker has its stacks/table.h; 0: nowhere
  // Written by the master: how many orders there ever were; released after the order itself.
  std::atomic<uint64_t> interrupt_count;
  std::atomic<uint64_t> interrupts[kInterrupts];  // exchange ids
  alignas(64) ThreadStamp threads[1];             // really `thread_count` of them
};

// Owner of a mapping of one StampPage.
class Stamps {
 public:
  // A new, zeroed memfd for `threads` threads. Throws base::SystemError.
  static base::Fd CreateMemory(uint32_t threads);
  // Maps `memory`, for as many threads as it was made for. `fork_shared` false adds MADV_DONTFORK
  // (the worker's side). Throws SystemError.
  Stamps(const base::Fd& memory, bool fork_shared);
  // The same for `threads` threads; SystemError also when `memory` is too small for them.
  Stamps(const base::Fd& memory, uint32_t threads, bool fork_shared);
  ~Stamps();
  Stamps(Stamps&& other) noexcept;
  Stamps& operator=(Stamps&& other) noexcept;

  StampPage& page() { return *page_; }
  const StampPage& page() const { return *page_; }
  uint32_t thread_count() const { return threads_; }
  ThreadStamp& thread(uint32_t index) { return page_->threads[index]; }
  const ThreadStamp& thread(uint32_t index) const { return page_->threads[index]; }

 private:
  StampPage* page_ = nullptr;
  uint32_t threads_ = 0;
};

}  // namespace monoceros::scoreboard
