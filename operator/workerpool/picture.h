// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workerpool/builders/checks.h"
#include "workerpool/live_record.h"
#include "workerpool/look.h"
#include "workerpool/observed.h"
#include "workerpool/pods.h"

namespace monoceros::workerpool {

// All that the status of a pool is made of.
struct Picture {
  api::WorkerPool pool;
  int32_t wanted = 0;              // pods
  std::string hash;                // of the current template
  std::vector<PodFacts> pods;      // that are there to stay
  Looks looks;                     // at their agents
  std::optional<LiveRecord> live;  // of the current template; none: not made yet
  bool stalled = false;            // the Deployment gave the rollout up as too slow
  std::vector<Problem> troubles;   // why the pool cannot be carried out, the weightiest first
};

Picture MakePicture(const Observed& observed, const Looks& looks);

// What is known of a pod's agent, or null.
const Look* LookAt(const Picture& picture, const PodFacts& pod);

struct Counts {
  int32_t all = 0;
  int32_t ready = 0;
  int32_t updated = 0;    // of the current template
  int32_t started = 0;    // of these, those that take live values
  int32_t converged = 0;  // of these, those that have them
};
Counts CountPods(const Picture& picture);

// What decides about the live values.
LiveFacts LiveFactsOf(const Picture& picture, const Observed& observed);
// The pods to visit; `push` false: only to look.
std::vector<LookTarget> LookTargets(const Picture& picture, const Observed& observed, bool push);

}  // namespace monoceros::workerpool
