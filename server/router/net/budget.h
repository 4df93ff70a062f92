// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace monoceros::router {

// Counts bytes of one bounded resource over all connections: buffer memory (`router_memory`) or
// spool files (`spool_limit`). One thread. Going over the limit by one read or one window is
// allowed; the limit is what makes reading stop.
class Budget {
 public:
  explicit Budget(uint64_t limit) : limit_(limit) {}

  void Add(uint64_t bytes) { used_ += bytes; }
  void Remove(uint64_t bytes) { used_ -= bytes; }
  uint64_t used() const { return used_; }
  void SetLimit(uint64_t limit) { limit_ = limit; }
  bool Full() const { return used_ >= limit_; }
  // From here on new bytes should go to a file, so that small requests always find memory.
  bool UnderPressure() const { return used_ >= limit_ / 2; }

 private:
  uint64_t limit_;
  uint64_t used_ = 0;
};

// The two budgets that every buffering object is given.
struct Budgets {
  Budget memory;
  Budget spool;

  // How many bytes one body may hold in memory before it moves to a file.
  uint64_t MemoryShare(uint64_t usual) const {
    constexpr uint64_t kShareUnderPressure = 16 * 1024;
    if (memory.Full()) return 0;
    return memory.UnderPressure() && usual > kShareUnderPressure ? kShareUnderPressure : usual;
  }
};

}  // namespace monoceros::router
