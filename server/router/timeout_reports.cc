// SPDX-License-Identifier: Apache-2.0
#include "router/timeout_reports.h"

#include <algorithm>

namespace monoceros::router {
namespace {

// Few enough for one message (base::kMaxMessageBytes) with paths as long as they come.
constexpr size_t kMostOver = 64;
constexpr size_t kMostEnded = 512;

template <typename T>
void DropFirst(std::vector<T>& entries, size_t count) {
  entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

void TimeoutReports::Send(MasterLink& master) {
  if (over_.empty() && ended_.empty()) return;
  const size_t over = std::min(over_.size(), kMostOver);
  // An end must not be told before what ended.
  const size_t ended = over < over_.size() ? 0 : std::min(ended_.size(), kMostEnded);
  if (!master.SayRequestTimeouts({over_.data(), over}, {ended_.data(), ended})) return;
  DropFirst(over_, over);
  DropFirst(ended_, ended);
}

}  // namespace monoceros::router
