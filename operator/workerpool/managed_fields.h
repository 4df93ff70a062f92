// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "kube/object.h"

namespace monoceros::workerpool {

// An object that was created by POST has its fields noted under the operation Update. Server-side
// apply removes only what was noted under Apply: without a change of the note, a variable that the
// pool no longer has would stay in the pods for ever. Gives the merge patch that changes the note
// of `manager` (with the object's resourceVersion), or nothing when there is none to change.
std::optional<kube::Json> FieldsTakenOver(const kube::Json& live, const std::string& manager);

}  // namespace monoceros::workerpool
