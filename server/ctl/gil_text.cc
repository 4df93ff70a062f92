// SPDX-License-Identifier: Apache-2.0
#include "ctl/gil_text.h"

namespace monoceros::ctl {

bool HasGil(const control::v1::Worker& worker) { return worker.gil_meter() != "not-applicable"; }
bool HasGil(const control::v1::Status& status) { return !status.without_gil(); }

}  // namespace monoceros::ctl
