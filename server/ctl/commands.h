// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ctl/client.h"
#include "ctl/failure.h"
#include "ctl/options.h"

namespace monoceros::ctl {

// One function per command: does it and prints its result on standard output.
using Outcome = Reply<void>;

// --- look_commands.cc: changes nothing ---
Outcome RunStatus(Client& client, const Options& options);
Outcome RunWatch(Client& client, const Options& options);
Outcome RunConfig(Client& client, const Options& options);
Outcome RunStacks(Client& client, const Options& options);

// --- change_commands.cc: returns when the state is reached ---
Outcome RunApply(Client& client, const Options& options);  // scale, threads, class, set
Outcome RunReload(Client& client, const Options& options);
Outcome RunRestart(Client& client, const Options& options);
Outcome RunDrain(Client& client, const Options& options);

// --- top.cc ---
Outcome RunTop(Client& client, const Options& options);

// Runs the command that the options name. The failure is for standard error.
Outcome Run(const Options& options);

}  // namespace monoceros::ctl
