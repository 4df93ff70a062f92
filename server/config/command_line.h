// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/assignment.h"

namespace monoceros::config {

// What a list of arguments says, values not yet checked.
struct CommandLine {
  Assignments assignments;
  std::optional<std::string> config;  // -c
  bool check_config = false;
  bool print_config = false;
  bool help = false;
  bool version = false;
  bool print_settings_doc = false;  // writes docs/settings.md; not in --help
};

// Reads `arguments` (without the program's name). `source` is what messages call them ("the command
// line", "GUNICORN_CMD_ARGS"). A flag given again replaces its earlier value; lists grow. Unknown
// flags and further arguments are errors.
base::Result<CommandLine> ReadCommandLine(std::vector<std::string> arguments,
                                          const std::string& source);

}  // namespace monoceros::config
