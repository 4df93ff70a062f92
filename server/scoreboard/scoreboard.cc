// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/scoreboard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/syscall.h"

namespace monoceros::scoreboard {
namespace {

using base::Fail;

uint64_t TotalBytes(uint32_t worker_rows, uint32_t threads_per_worker) {
  return kWorkersOffset + uint64_t{worker_rows} * WorkerRowBytes(threads_per_worker);
}

template <typename T>
T& At(void* base, uint64_t offset) {
  return *std::launder(reinterpret_cast<T*>(static_cast<std::byte*>(base) + offset));
}

// The fixed fields; everything else is zero in a new file.
void WriteHeader(Header& header, uint32_t worker_rows, uint32_t threads_per_worker) {
  header.version = kVersion;
  header.header_bytes = sizeof(Header);
  header.total_bytes = TotalBytes(worker_rows, threads_per_worker);
  header.worker_rows = worker_rows;
  header.threads_per_worker = threads_per_worker;
  header.worker_row_bytes = static_cast<uint32_t>(WorkerRowBytes(threads_per_worker));
  header.magic = kMagic;
}

base::Result<void> CheckHeader(const Header& header, uint64_t file_bytes) {
  if (header.magic != kMagic) return Fail("the file is not a scoreboard (wrong magic)");
  if (header.version != kVersion) {
    return Fail(fmt::format("the scoreboard has version {}, this program reads version {}",
                            header.version, kVersion));
  }
  const bool fits = header.header_bytes == sizeof(Header) && header.worker_rows <= kMaxWorkerRows &&
                    header.threads_per_worker <= kMaxThreadsPerWorker &&
                    header.worker_row_bytes == WorkerRowBytes(header.threads_per_worker) &&
                    header.total_bytes == TotalBytes(header.worker_rows, header.threads_per_worker);
  if (!fits) return Fail("the scoreboard's sizes contradict each other");
  if (header.total_bytes > file_bytes) {
    return Fail(
        fmt::format("the scoreboard is truncated: {} of {} bytes", file_bytes, header.total_bytes));
  }
  return {};
}

std::string Reason(const char* operation, int error) {
  return fmt::format("the scoreboard: {}: {}", operation, std::strerror(error));
}

}  // namespace

base::Result<void> Scoreboard::Format(const base::Fd& file, uint32_t worker_rows,
                                      uint32_t threads_per_worker) {
  if (worker_rows > kMaxWorkerRows || threads_per_worker > kMaxThreadsPerWorker) {
    return Fail(fmt::format("a scoreboard holds at most {} workers of {} threads", kMaxWorkerRows,
                            kMaxThreadsPerWorker));
  }
  const uint64_t bytes = TotalBytes(worker_rows, threads_per_worker);
  const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
  if (error != 0) return Fail(Reason("posix_fallocate", error));
  void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (base == MAP_FAILED) return Fail(Reason("mmap", errno));
  std::memset(base, 0, bytes);
  WriteHeader(*static_cast<Header*>(base), worker_rows, threads_per_worker);
  ::munmap(base, bytes);
  return {};
}

base::Result<base::Fd> Scoreboard::CreateMemory(uint32_t worker_rows, uint32_t threads_per_worker) {
  base::Fd memory(::memfd_create("monoceros-scoreboard", MFD_CLOEXEC));
  if (!memory) return Fail(Reason("memfd_create", errno));
  const base::Result<void> formatted = Format(memory, worker_rows, threads_per_worker);
  if (!formatted) return tl::make_unexpected(formatted.error());
  return memory;
}

base::Result<Scoreboard> Scoreboard::Open(const base::Fd& memory, bool writable) {
  struct stat status{};
  if (::fstat(memory.get(), &status) != 0) return Fail(Reason("fstat", errno));
  const auto bytes = static_cast<size_t>(status.st_size);
  if (bytes < kWorkersOffset)
    return Fail(fmt::format("the scoreboard is truncated: {} bytes", bytes));
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* base = ::mmap(nullptr, bytes, protection, MAP_SHARED, memory.get(), 0);
  if (base == MAP_FAILED) return Fail(Reason("mmap", errno));
  Scoreboard scoreboard(base, bytes);
  const base::Result<void> checked = CheckHeader(scoreboard.header(), bytes);
  if (!checked) return tl::make_unexpected(checked.error());
  scoreboard.worker_rows_ = scoreboard.header().worker_rows;
  scoreboard.threads_per_worker_ = scoreboard.header().threads_per_worker;
  return scoreboard;
}

Scoreboard::Scoreboard(Scoreboard&& other) noexcept { *this = std::move(other); }

Scoreboard& Scoreboard::operator=(Scoreboard&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(size_, other.size_);
  std::swap(worker_rows_, other.worker_rows_);
  std::swap(threads_per_worker_, other.threads_per_worker_);
  return *this;
}

Scoreboard::~Scoreboard() {
  if (base_ != nullptr) ::munmap(base_, size_);
}

Header& Scoreboard::header() const { return At<Header>(base_, 0); }
RouterRow& Scoreboard::router() const { return At<RouterRow>(base_, kRouterOffset); }

WorkerRow& Scoreboard::worker(uint32_t row) const {
  if (row >= worker_rows_) std::abort();
  return At<WorkerRow>(base_, kWorkersOffset + row * WorkerRowBytes(threads_per_worker_));
}

ThreadRow& Scoreboard::thread(uint32_t row, uint32_t thread) const {
  if (row >= worker_rows_ || thread >= threads_per_worker_) std::abort();
  return At<ThreadRow>(base_, kWorkersOffset + row * WorkerRowBytes(threads_per_worker_) +
                                  sizeof(WorkerRow) + thread * sizeof(ThreadRow));
}

}  // namespace monoceros::scoreboard
