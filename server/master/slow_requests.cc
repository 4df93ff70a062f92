// SPDX-License-Identifier: Apache-2.0
#include "master/slow_requests.h"

#include <fmt/format.h>

#include "scoreboard/snapshot.h"

namespace monoceros::master {

void SlowRequests::Keep(double limit, base::Nanoseconds now) {
  if (limit <= 0) return;
  for (const auto& worker : pool_.workers()) {
    const bool serves =
        worker->state() == Worker::State::kReady || worker->state() == Worker::State::kDraining;
    if (serves) Look(*worker, base::FromSeconds(limit), now);
  }
}

void SlowRequests::Look(const Worker& worker, base::Nanoseconds limit, base::Nanoseconds now) {
  const uint32_t slot = worker.identity().row;
  std::string about;
  for (uint32_t index = 0; index < worker.identity().profile.max_threads; ++index) {
    const auto thread = scoreboard::ReadThread(board_, slot, index);
    // Of a row that is just being changed, time and request may be those of two requests.
    const bool slow = thread.whole && thread.busy_since > 0 && now - thread.busy_since > limit;
    if (!slow || std::exchange(seen_[{slot, index}], thread.request_id) == thread.request_id) {
      continue;
    }
    about += fmt::format("{}{} has been running for {:.1f} s", about.empty() ? "" : ", ",
                         thread.request_text.empty() ? "a request" : thread.request_text,
                         base::ToSeconds(now - thread.busy_since));
  }
  if (about.empty()) return;
  StackRequest request{StackRequest::Purpose::kSlowRequest, slot, worker.pid()};
  request.about = fmt::format("Slow request in worker (pid:{}): {}", worker.pid(), about);
  stacks_.Read(std::move(request), now);
}

}  // namespace monoceros::master
