// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "config/environment.h"
#include "config/settings.h"

namespace monoceros::agent {

// What the agent was started with.
struct Options {
  config::Settings settings;  // run_dir is set
  base::Fd http;              // a listening socket for HTTP that the master opened; or none
  bool by_master = false;     // it ends when the master does
  std::string text;           // not empty: print it and leave (--help, --version)
};

// Started by the master: `--run-dir DIR --config-fd N [--http-fd N]` (docs/control_messages.md).
// Alone: the flags of the server that concern the agent, also from monoceros.yaml and the
// environment, as the server reads them; --run-dir is needed. The error is a sentence.
base::Result<Options> ReadOptions(std::vector<std::string> arguments,
                                  const config::Environment& environment);

// The text of --help.
std::string AgentHelp();

}  // namespace monoceros::agent
