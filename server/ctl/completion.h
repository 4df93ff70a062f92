// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace monoceros::ctl {

// A script that completes commands and flags, to be read by the shell: `source <(monoctl completion
// bash)`. `shell` is bash, zsh or fish. Pure.
std::string CompletionScript(const std::string& shell);

}  // namespace monoceros::ctl
