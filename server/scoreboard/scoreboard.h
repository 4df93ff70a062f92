// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "scoreboard/layout.h"

namespace monoceros::scoreboard {

// Owner of one mapping of the scoreboard.
class Scoreboard {
 public:
  // A new scoreboard in anonymous memory: Format on a memfd.
  static base::Result<base::Fd> CreateMemory(uint32_t worker_rows, uint32_t threads_per_worker);
  // Makes `file` an empty scoreboard. Allocates every page at once, so that a full file system is
  // an error here and never a SIGBUS later. At most kMaxWorkerRows x kMaxThreadsPerWorker.
  static base::Result<void> Format(const base::Fd& file, uint32_t worker_rows,
                                   uint32_t threads_per_worker);
  // Maps and checks magic, version and sizes; `writable` false maps read-only (a write is then a
  // SIGSEGV). The file must not be shortened while it is mapped.
  static base::Result<Scoreboard> Open(const base::Fd& memory, bool writable);
  ~Scoreboard();
  Scoreboard(Scoreboard&& other) noexcept;
  Scoreboard& operator=(Scoreboard&& other) noexcept;

  // The counts as they were when the file was opened; use these and not the header's.
  uint32_t worker_rows() const { return worker_rows_; }
  uint32_t threads_per_worker() const { return threads_per_worker_; }
  Header& header() const;
  RouterRow& router() const;
  // `row` < worker_rows(), `thread` < threads_per_worker(); anything else aborts.
  WorkerRow& worker(uint32_t row) const;
  ThreadRow& thread(uint32_t row, uint32_t thread) const;

 private:
  Scoreboard(void* base, size_t size) : base_(base), size_(size) {}
  void* base_ = nullptr;
  size_t size_ = 0;
  // Copies taken when they were checked: what another process writes into the header later must
  // not move our reads.
  uint32_t worker_rows_ = 0;
  uint32_t threads_per_worker_ = 0;
};

}  // namespace monoceros::scoreboard
