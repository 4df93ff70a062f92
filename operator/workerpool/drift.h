// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kube/object.h"

namespace monoceros::workerpool {

// On every child: the digest of the object that was last written, so that a field which is no
// longer built is noticed too.
inline constexpr char kAppliedAnnotation[] = "monoceros.dev/applied";

// The built object with its digest as an annotation.
kube::Json Stamped(kube::Json built);

// Whether a child (as it is) must be written to become what was built (`stamped`): it was built
// from something else, or somebody changed a field that we write. What others added is no drift.
bool Drifted(const kube::Json& live, const kube::Json& stamped);

}  // namespace monoceros::workerpool
