// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "workerpool/live_record.h"

namespace monoceros::workerpool {

// A pod did not take the values of a revision.
struct Refusal {
  std::string pod;
  uint64_t revision = 0;
  std::string message;
  bool operator==(const Refusal&) const = default;
};

// What decides about the live values of the current template.
struct LiveFacts {
  std::optional<LiveRecord> record;  // as it is; none: to be made
  agents::LiveValues wanted;         // by the spec
  uint64_t greatest = 0;           // revision that any live ConfigMap of the pool or pod of it has
  uint64_t ahead = 0;              // revision that a pod of the current template has
  bool converged = false;          // all started pods of the template have the record's revision
  std::optional<Refusal> refusal;  // of a pod of the current template
};

// What the live ConfigMap is to say: one step further, the same when there is nothing to do.
//   new values       -> a higher revision
//   all pods have it -> these are the last good values
//   a pod refuses    -> the last good values with a higher revision, and a note of what was
//   refused,
//                       so that it is not tried again until the spec says something else
//   a pod is ahead (somebody changed it by hand) -> a revision that is higher still
LiveRecord NextLive(const LiveFacts& facts);

// Whether the record stays behind what is wanted because that was refused.
bool IsRefused(const LiveRecord& record, const agents::LiveValues& wanted);
// Whether its values may be sent to pods: not when they are the refused ones themselves.
bool IsPushed(const LiveRecord& record);

}  // namespace monoceros::workerpool
