// SPDX-License-Identifier: Apache-2.0
#include "ctl/commands.h"

#include <fmt/core.h>

#include <map>

#include "ctl/completion.h"
#include "ctl/endpoint.h"

namespace monoceros::ctl {

Outcome Run(const Options& options) {
  if (options.command == "completion") {
    fmt::print("{}", CompletionScript(options.name));
    return {};
  }
  const std::map<std::string, Outcome (*)(Client&, const Options&)> commands = {
      {"status", RunStatus},   {"top", RunTop},     {"watch", RunWatch},   {"scale", RunApply},
      {"threads", RunApply},   {"class", RunApply}, {"set", RunApply},     {"reload", RunReload},
      {"restart", RunRestart}, {"drain", RunDrain}, {"stacks", RunStacks}, {"config", RunConfig}};
  const auto address = FindServer(options, RunDirectoryParents());
  if (!address) return tl::make_unexpected(address.error());
  const auto client = Client::Open(options, *address);
  if (!client) return tl::make_unexpected(client.error());
  return commands.at(options.command)(**client, options);
}

}  // namespace monoceros::ctl
