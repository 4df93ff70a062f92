// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "api/worker_pool.h"

namespace monoceros::workerpool {

// Why a pool cannot be carried out: for a condition and an event.
struct Problem {
  std::string reason;   // "InvalidSetting"
  std::string message;  // a sentence that names the field and what is allowed
  bool operator==(const Problem&) const = default;
};

// What the CRD's rules cannot say: whether the server knows the settings, can change them while it
// runs, and takes the values, alone and together. Pure; in the order of names. Empty: all is well.
std::vector<Problem> CheckPool(const api::WorkerPool& pool);

}  // namespace monoceros::workerpool
