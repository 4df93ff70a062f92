// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "config/environment.h"
#include "config/settings.h"

namespace monoceros::config {

enum class Action {
  kServe,
  kCheckConfig,  // import the application, say what is wrong, leave
  kPrintConfig,  // print `text`, leave
  kShowText,     // --help, --version: print `text`, leave
};

// What the program was asked to do, and with which settings.
struct Invocation {
  Settings settings;
  Action action = Action::kServe;
  std::string text;  // ready to print; empty for kServe and kCheckConfig
};

// Reads all sources: defaults < YAML file < environment < GUNICORN_CMD_ARGS < command line. The
// settings are checked completely, but for what only the processes that use them can know (whether
// an address can be bound, a log opened, the interpreter run). Errors are sentences that name
// setting, source, value and what is allowed. `argv[0]` is ignored.
base::Result<Invocation> Load(int argc, const char* const* argv, const Environment& environment);

}  // namespace monoceros::config
