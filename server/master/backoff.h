// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace monoceros::master {

// Growing pauses between attempts that keep failing: none, then `first`, doubled up to `most`.
// Several failures of one attempt (eight workers of one broken application) count once. Pure: the
// caller brings the time.
class Backoff {
 public:
  Backoff(base::Nanoseconds first, base::Nanoseconds most) : first_(first), most_(most) {}

  // An attempt starts; its failure will count.
  void Attempted() { attempted_ = true; }
  void Failed(base::Nanoseconds now);
  // The last attempt proved itself; the next failure starts from the shortest pause.
  void Succeeded() { next_pause_ = 0; }

  // Earliest time of the next attempt; 0 before the first failure.
  base::Nanoseconds not_before() const { return not_before_; }
  bool MayStart(base::Nanoseconds now) const { return now >= not_before_; }
  // The pause that the latest failure caused.
  base::Nanoseconds pause() const { return pause_; }

 private:
  base::Nanoseconds first_;
  base::Nanoseconds most_;
  bool attempted_ = true;
  base::Nanoseconds next_pause_ = 0;
  base::Nanoseconds pause_ = 0;
  base::Nanoseconds not_before_ = 0;
};

}  // namespace monoceros::master
