// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agents/agent_calls.h"
#include "agents/agents.h"

namespace monoceros::agents {

// What the codes of control.proto mean for whoever asked; pure.

// The agent of `address` did not do what it was asked.
AgentError ErrorOf(const CallError& error, const std::string& address);

// Whether an Apply that ended so needs a look at the pod's state, because the code stands for
// several things.
bool NeedsLook(const CallError& error);

// What an Apply of `revision` that needed a look came to. No error: the pod has that revision
// already, and its values are to be compared.
AgentResult<void> Judge(const CallError& error, uint64_t revision, const PodState& state,
                        const std::string& address);

// The pod has the revision, but not the values: `difference` (a clause) says which.
AgentError OtherValues(uint64_t revision, const std::string& difference,
                       const std::string& address);

}  // namespace monoceros::agents
