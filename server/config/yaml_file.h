// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "config/assignment.h"

namespace monoceros::config {

// The settings of a YAML file: one mapping of setting names to scalars or, for lists, sequences.
// `name` is what messages call the file. Unknown and repeated names are errors; values are not yet
// checked.
base::Result<Assignments> ReadYamlFile(const std::filesystem::path& path, const std::string& name);

}  // namespace monoceros::config
