// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/event_recorder.h"
#include "workerpool/live_record.h"
#include "workerpool/observed.h"

namespace monoceros::workerpool {

// One write.
struct Action {
  enum class Kind {
    kSetReplicas,  // merge patch of the pool, if it is still as it was seen
    kCreate,       // POST: an object of that name is never taken over
    kApply,        // server-side apply with the uid of `live`
    kDelete,       // if it is still as it was seen
  };
  Kind kind;
  kube::Resource resource;
  kube::Key key;
  kube::Json body;                          // null for kDelete
  kube::Object live;                        // what is there; null for kCreate
  std::optional<runtime::EventText> event;  // told when it is done
};

struct Plan {
  int32_t replicas = 1;
  std::vector<Action> actions;         // in this order
  std::vector<std::string> conflicts;  // children that somebody else has, a sentence each
};

// What is to be written so that the children are as the pool wants: nothing, for a pool that is as
// wanted. Pure. A pod never starts without its ConfigMaps: they come first, and while one of them
// is somebody else's nothing after them is written.
Plan MakePlan(const Observed& observed, const LiveRecord& live);

}  // namespace monoceros::workerpool
