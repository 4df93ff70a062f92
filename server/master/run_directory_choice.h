// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "base/log.h"
#include "base/result.h"

namespace monoceros::master {

inline constexpr mode_t kRunDirectoryMode = 02770;

struct ChosenDirectory {
  std::string path;   // absolute
  bool made = false;  // it was missing
};

// The run directory, made where it is missing: `configured`, or without it monoceros-<name> below
// $XDG_RUNTIME_DIR or /run, or, when that cannot be written, monoceros-<uid>-<name> below /tmp,
// with a warning. A directory below /tmp must be this user's own. The error says what to do.
base::Result<ChosenDirectory> ChooseRunDirectory(const std::string& configured,
                                                 const std::string& name, base::Logger& log);

}  // namespace monoceros::master
