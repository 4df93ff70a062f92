// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace monoceros::control::v1 {
class ApplyEvent;
}

namespace monoceros::ctl {

// Shows the steps of a change on standard error: on a terminal one line that changes, elsewhere a
// line each. While it lives, Ctrl-C says that the change goes on, and leaves with 130.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const control::v1::ApplyEvent& event);

 private:
  const bool terminal_;
  bool shown_ = false;
};

// The text of one step: "[2/4] a worker is ready". Pure.
std::string ShowEvent(const control::v1::ApplyEvent& event);

}  // namespace monoceros::ctl
