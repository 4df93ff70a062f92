// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agents/live_values.h"
#include "api/worker_pool.h"
#include "kube/object.h"

namespace monoceros::workerpool {

// What the live ConfigMap of one template says, and what it remembers in annotations, so that
// another operator can go on where one was killed.
struct LiveRecord {
  agents::LiveValues values;
  uint64_t revision = 0;
  // The last values that all pods of the template had.
  std::optional<agents::LiveValues> last_good;
  // The values that a pod refused (their digest) and why (a sentence that names the pod).
  std::string refused;
  std::string refusal;
  bool operator==(const LiveRecord&) const = default;
};

std::string DigestOf(const agents::LiveValues& values);

// Nothing when the object is no live ConfigMap, or is damaged.
std::optional<LiveRecord> ReadLiveRecord(const kube::Json& config_map);
kube::Json BuildLiveRecord(const api::WorkerPool& pool, const std::string& hash,
                           const LiveRecord& record);

}  // namespace monoceros::workerpool
