// SPDX-License-Identifier: Apache-2.0
#include "base/fork_canary.h"

#include <sys/mman.h>

#include <new>

#include "base/syscall.h"

namespace monoceros::base {
namespace {

constexpr size_t kPageBytes = 4096;

}  // namespace

ForkCanary::ForkCanary() {
  void* page =
      ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Check(page == MAP_FAILED ? -1 : 0, "mmap(fork canary)");
  Check(::madvise(page, kPageBytes, MADV_WIPEONFORK), "madvise(MADV_WIPEONFORK)");
  alive_ = new (page) std::atomic<int>(1);
}

ForkCanary::~ForkCanary() { ::munmap(alive_, kPageBytes); }

}  // namespace monoceros::base
