// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "base/log.h"
#include "worker/classes/accounting.h"
#include "worker/python/ref.h"
#include "worker/template/orders.h"

namespace monoceros::worker {

// A worker's life after the fork: loads the application unless `application` is it already, reports
// ready, serves with the class that the order names, leaves. Returns the process's exit status: 0,
// or 3 when the application did not import; -1 with an exception pending. Needs the GIL.
int RunWorker(const StartOrder& start, ForkOrder order, const Accounting& accounting,
              python::Ref application, base::Logger& logger);

}  // namespace monoceros::worker
