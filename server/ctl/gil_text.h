// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {

// Whether GIL wait means anything there: not in a worker of a free-threaded Python, nor in a pool
// whose workers all are such.
bool HasGil(const control::v1::Worker& worker);
bool HasGil(const control::v1::Status& status);

// `text` where there is a GIL, else "n/a".
template <typename Of>
std::string GilText(const Of& of, std::string text) {
  return HasGil(of) ? std::move(text) : "n/a";
}

}  // namespace monoceros::ctl
