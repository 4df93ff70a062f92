// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "worker/classes/interruption.h"
#include "worker/classes/interrupts.h"

namespace monoceros::worker {

// The threads of a blocking class, to be interrupted. Needs the GIL.
class ThreadInterrupts final : public Interruptible {
 public:
  // `thread` lives until it is removed.
  void Add(Interruption& thread) {
    const std::lock_guard lock(mutex_);
    threads_.push_back(&thread);
  }
  void Remove(Interruption& thread) {
    const std::lock_guard lock(mutex_);
    std::erase(threads_, &thread);
  }
  bool Interrupt(uint64_t exchange, PyObject* exception) override {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(
        threads_, [&](Interruption* thread) { return thread->Interrupt(exchange, exception); });
  }

 private:
  std::mutex mutex_;
  std::vector<Interruption*> threads_;
};

}  // namespace monoceros::worker
