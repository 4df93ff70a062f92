// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <cstdio>

#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/output.h"
#include "ctl/stacks_text.h"
#include "ctl/status_text.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

// Prints a reply by `show`, or as JSON or YAML where that was asked for.
template <typename Message, typename Show>
Outcome Print(const Reply<Message>& reply, Form form, Show show) {
  if (!reply) return tl::make_unexpected(reply.error());
  fmt::print("{}", form == Form::kTable ? show(*reply) : ShowMessage(*reply, form));
  return {};
}

std::string ShowConfig(const v1::Config& config) {
  std::vector<std::vector<std::string>> rows = {{"SETTING", "VALUE", "FROM", "LIVE"}};
  for (const v1::ConfigEntry& entry : config.settings()) {
    rows.push_back({entry.name(), entry.value(), entry.source(), entry.live() ? "yes" : ""});
  }
  return ShowTable(rows);
}

}  // namespace

Outcome RunStatus(Client& client, const Options& options) {
  return Print(client.Status(options.form != Form::kTable), options.form, ShowStatus);
}

Outcome RunWatch(Client& client, const Options& options) {
  if (options.form == Form::kTable) fmt::print("{}", StatusLineHeading());
  return client.Watch(options.interval, /*detail=*/false, [&](v1::Status& status) {
    fmt::print("{}", options.form == Form::kTable ? ShowStatusLine(status)
                                                  : ShowDocument(status, options.form));
    return std::fflush(stdout) == 0;
  });
}

Outcome RunConfig(Client& client, const Options& options) {
  return Print(client.Config(), options.form, ShowConfig);
}

Outcome RunStacks(Client& client, const Options& options) {
  v1::DumpStacksRequest request;
  request.set_slot(options.slot);
  request.set_last_timeout(options.last_timeout);
  return Print(client.Stacks(request), options.form, ShowStacks);
}

}  // namespace monoceros::ctl
