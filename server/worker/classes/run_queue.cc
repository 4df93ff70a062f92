// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/run_queue.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace monoceros::worker {

RunQueue::RunQueue() : file_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}

base::Nanoseconds RunQueue::Read() const {
  if (!file_) return -1;
  std::array<char, 80> text;
  const ssize_t length = ::pread(file_.get(), text.data(), text.size(), 0);
  if (length <= 0) return -1;
  const char* const begin = text.data();
  const char* const end = begin + length;
  const char* const space = std::find(begin, end, ' ');
  base::Nanoseconds waited = -1;
  if (space != end) std::from_chars(space + 1, end, waited);
  return waited;
}

}  // namespace monoceros::worker
