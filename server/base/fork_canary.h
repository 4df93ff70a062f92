// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace monoceros::base {

// Tells the process that made it from children that the application forks: its page is wiped in
// every child (MADV_WIPEONFORK), so asking costs one load and no system call. Any thread.
class ForkCanary {
 public:
  // Throws base::SystemError.
  ForkCanary();
  ~ForkCanary();
  ForkCanary(const ForkCanary&) = delete;
  ForkCanary& operator=(const ForkCanary&) = delete;

  bool InChild() const { return alive_->load(std::memory_order_relaxed) == 0; }

 private:
  std::atomic<int>* alive_;
};

}  // namespace monoceros::base
