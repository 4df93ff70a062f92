// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace monoceros::worker {

// Messages to the master as JSON text (docs/control_messages.md). Text that is not UTF-8 is
// repaired, and an error too long for a message is shortened in the middle.
std::string ReadyReport(bool preloaded, const std::vector<std::string>& hazards);
std::string FailedReport(const std::string& error);
std::string ForkedReport(uint32_t incarnation, pid_t pid);
std::string ForkFailedReport(uint32_t incarnation, const std::string& error);

}  // namespace monoceros::worker
