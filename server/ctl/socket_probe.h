// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/failure.h"

namespace monoceros::ctl {

// Whether somebody listens on a Unix socket and lets us in; never waits. Paths of any length. The
// failure says what is wrong with which file, and what to do.
Reply<void> ProbeSocket(const std::string& path);

// Whether a server lives behind it, be it one that we may not speak to.
bool SomebodyListens(const std::string& path);

}  // namespace monoceros::ctl
