// SPDX-License-Identifier: Apache-2.0
#include "runtime/version.h"

namespace monoceros::runtime {

const char* Version() { return MONOCEROS_VERSION; }

}  // namespace monoceros::runtime
