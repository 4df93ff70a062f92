// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

namespace monoceros::worker {

// A child that the application forked in the middle of a request has no channel and no client. Ends
// it with the status that the pending exception, if any, asks for. Like os._exit: the thread that
// it is a copy of may not be one from which an interpreter can end.
[[noreturn]] void LeaveForkedChild();

}  // namespace monoceros::worker
