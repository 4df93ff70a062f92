// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kube/object.h"
#include "runtime/event_recorder.h"

namespace monoceros::workerpool {

// What is to be told of a pool whose status changed from one to the other: transitions only. Pure.
std::vector<runtime::EventText> EventsOf(const kube::Json& before, const kube::Json& after);

}  // namespace monoceros::workerpool
