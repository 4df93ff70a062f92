// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ctl/failure.h"
#include "ctl/options.h"

namespace monoceros::ctl {

// Below these a server makes its run directory when it is not told where:
// monoceros-<name>/control.sock.
std::vector<std::string> RunDirectoryParents();

// The address to speak to, in gRPC's form: what the options name, else the one control socket found
// below `parents`. Fails when there is none, more than one, or no right to it.
Reply<std::string> FindServer(const Options& options, const std::vector<std::string>& parents);

}  // namespace monoceros::ctl
