// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "kube/access.h"

namespace monoceros::manager {

// Lists the WorkerPools of a namespace (empty: of all) once. The value is a line for people; the
// error says what is missing: the API server, the CustomResourceDefinition, or the right.
base::Result<std::string> CheckCluster(const kube::Access& access, const std::string& ns);

}  // namespace monoceros::manager
