// SPDX-License-Identifier: Apache-2.0
#include "api/worker_pool.h"

#include <fmt/format.h>

namespace monoceros::api {

agents::LiveValues LiveValuesOf(const WorkerPoolSpec& spec) {
  return {.workers = spec.workers,
          .threads = spec.threads,
          .worker_class = spec.worker_class,
          .settings = spec.settings};
}

std::string SelectorOf(const WorkerPool& pool) {
  return fmt::format("{}={}", kPoolLabel, pool.key.name);
}

}  // namespace monoceros::api
