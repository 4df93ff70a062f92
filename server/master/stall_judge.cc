// SPDX-License-Identifier: Apache-2.0
#include "master/stall_judge.h"

#include <algorithm>
#include <utility>

namespace monoceros::master {

StallJudge::News StallJudge::Look(const Worker::LoopTurns& turns, base::Nanoseconds limit,
                                  base::Nanoseconds now) {
  News news;
  if (since_ != 0 && turns.busy_since != since_) {
    const base::Nanoseconds next = turns.busy_since != 0 ? turns.busy_since : now;
    news.over = End(turns.long_turn_began == since_ ? turns.long_turn_ended : next);
    known_ = std::max(known_, turns.long_turn_began);
  } else if (since_ == 0 && turns.long_turn_began > known_) {
    known_ = turns.long_turn_began;
    const base::Nanoseconds lasted = turns.long_turn_ended - turns.long_turn_began;
    if (lasted >= limit) news.missed = lasted;
  }
  if (turns.busy_since == 0 || turns.busy_since > now || since_ != 0) return news;
  if (now - turns.busy_since < limit) {
    news.next_look = turns.busy_since + limit;
  } else {
    news.begun = true;
    since_ = known_ = turns.busy_since;
  }
  return news;
}

base::Nanoseconds StallJudge::End(base::Nanoseconds ended) {
  return std::max<base::Nanoseconds>(0, ended - std::exchange(since_, 0));
}

}  // namespace monoceros::master
