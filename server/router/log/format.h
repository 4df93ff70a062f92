// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "router/log/atoms.h"

namespace monoceros::router {

// The segments of an access-log format; "%%" is a percent sign. The error names what is wrong.
base::Result<std::vector<Segment>> CompileFormat(std::string_view format);

}  // namespace monoceros::router
