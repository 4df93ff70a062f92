// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/thread_rows.h"

#include <algorithm>

namespace monoceros::scoreboard {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
// Each store carries the odd sequence before it: a reader whose loads acquire sees that too.
constexpr auto kRelease = std::memory_order_release;

void EndRequest(ThreadRow& row, base::Nanoseconds now) {
  const base::Nanoseconds since = row.busy_since.load(kRelaxed);
  if (since > 0) {
    const auto busy = static_cast<uint64_t>(std::max<base::Nanoseconds>(0, now - since));
    row.busy_nanoseconds.store(row.busy_nanoseconds.load(kRelaxed) + busy, kRelease);
  }
  row.busy_since.store(0, kRelease);
  row.request_id.store(0, kRelease);
  for (std::atomic<uint64_t>& word : row.request_text) word.store(0, kRelease);
}

void EndThread(ThreadRow& row, base::Nanoseconds now) {
  // Odd while we write, also when the thread died while it wrote.
  const uint64_t writing = row.sequence.load(kRelaxed) | 1;
  row.sequence.store(writing, kRelease);
  EndRequest(row, now);
  row.gil_waiting_since.store(0, kRelease);
  row.native_id.store(0, kRelease);
  row.sequence.store(writing + 1, std::memory_order_release);
}

}  // namespace

void EndThreads(const Scoreboard& board, uint32_t row, base::Nanoseconds now) {
  for (uint32_t thread = 0; thread < board.threads_per_worker(); ++thread) {
    ThreadRow& entry = board.thread(row, thread);
    const bool open = entry.busy_since.load(kRelaxed) != 0 || entry.native_id.load(kRelaxed) != 0 ||
                      entry.sequence.load(kRelaxed) % 2 != 0;
    if (open) EndThread(entry, now);
  }
}

}  // namespace monoceros::scoreboard
