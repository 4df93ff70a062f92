// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/stamps.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "base/syscall.h"
#include "scoreboard/layout.h"

namespace monoceros::scoreboard {
namespace {

size_t PageBytes(uint32_t threads) {
  return offsetof(StampPage, threads) + threads * sizeof(ThreadStamp);
}

uint32_t ThreadsIn(const base::Fd& memory) {
  struct stat status{};
  base::Check(::fstat(memory.get(), &status), "fstat(stamps)");
  const auto bytes = static_cast<size_t>(status.st_size);
  if (bytes < PageBytes(1)) throw base::SystemError(EINVAL, "the stamps are truncated");
  return static_cast<uint32_t>(
      std::min<size_t>((bytes - PageBytes(0)) / sizeof(ThreadStamp), kMaxThreadsPerWorker));
}

}  // namespace

base::Fd Stamps::CreateMemory(uint32_t threads) {
  base::Fd memory(base::Check(::memfd_create(kStampsName, MFD_CLOEXEC), "memfd_create"));
  // Allocated now: a full memory file system is an error here and not a SIGBUS in a worker.
  const int error = ::posix_fallocate(memory.get(), 0, static_cast<off_t>(PageBytes(threads)));
  if (error != 0) throw base::SystemError(error, "posix_fallocate(stamps)");
  return memory;
}

Stamps::Stamps(const base::Fd& memory, bool fork_shared)
    : Stamps(memory, ThreadsIn(memory), fork_shared) {}

Stamps::Stamps(const base::Fd& memory, uint32_t threads, bool fork_shared) : threads_(threads) {
  // Beyond the end of the file a stamp would be a SIGBUS.
  if (threads > ThreadsIn(memory)) throw base::SystemError(EINVAL, "the stamps are truncated");
  const size_t bytes = PageBytes(threads);
  void* page = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (page == MAP_FAILED) throw base::SystemError(errno, "mmap(stamps)");
  page_ = static_cast<StampPage*>(page);
  // A child that the application forks must not stamp in its parent's name.
  if (!fork_shared) ::madvise(page, bytes, MADV_DONTFORK);
}

Stamps::Stamps(Stamps&& other) noexcept { *this = std::move(other); }

Stamps& Stamps::operator=(Stamps&& other) noexcept {
  std::swap(page_, other.page_);
  std::swap(threads_, other.threads_);
  return *this;
}

Stamps::~Stamps() {
  if (page_ != nullptr) ::munmap(page_, PageBytes(threads_));
}

}  // namespace monoceros::scoreboard
