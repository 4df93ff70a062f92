// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace monoceros::control::v1 {
class Status;
}

namespace monoceros::ctl {

namespace v1 = control::v1;

// The status of a pool for people. All pure.

// Several lines, for `monoctl status`.
std::string ShowStatus(const v1::Status& status);
// One line, for `monoctl watch`; and the heading above such lines.
std::string ShowStatusLine(const v1::Status& status);
std::string StatusLineHeading();

// What each worker runs at once: "4 threads", "1000 connections" in classes with a loop; empty
// while that is not known.
std::string ShowAtOnce(const v1::Status& status);

// The parts of the time of requests, in percent of their sum: "queue 3 %, GIL wait 61 %, ...".
// `since` is a status before, or null: since the start. Empty when nothing was measured.
std::string ShowTimeSplit(const v1::Status& status, const v1::Status* since);

}  // namespace monoceros::ctl
