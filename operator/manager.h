// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/log.h"
#include "kube/access.h"
#include "options.h"

namespace monoceros::manager {

// The operator as a whole: composes its parts, starts them in order and ends them in order, all on
// the calling thread. Probes and metrics come first and are served by every replica, as are warm
// caches; only who holds the Lease works on WorkerPools.
class Manager {
 public:
  // How it ended.
  struct End {
    int code = 0;         // of the process
    bool clean = true;    // false: coroutines are left; the manager must not be destroyed
    bool defect = false;  // by an exception that nobody handled; it was logged
  };

  // `log` outlives the manager.
  Manager(Options options, kube::Access access, base::Logger& log);
  ~Manager();

  // Until SIGTERM or SIGINT (passes end, at most 20 s; events are written; the Lease is given up;
  // code 0), or a lost Lease or an address that cannot be bound (code 1).
  End Run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::manager
