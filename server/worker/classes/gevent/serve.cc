// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/green/serve.h"

namespace monoceros::worker {

Served ServeGevent(Worker& worker, const StartOrder& start, python::Ref callable) {
  return ServeGreen(worker, start, std::move(callable), "monoceros._gevent");
}

}  // namespace monoceros::worker
