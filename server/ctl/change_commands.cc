// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "ctl/commands.h"
#include "ctl/output.h"
#include "ctl/progress.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

v1::ApplyRequest RequestOf(const Options& options) {
  v1::ApplyRequest request;
  if (options.command == "scale") request.set_workers(options.number);
  if (options.command == "threads") request.set_threads(options.number);
  if (options.command == "class") request.set_worker_class(options.name);
  request.mutable_settings()->insert(options.settings.begin(), options.settings.end());
  request.set_override_for(options.override_for);
  request.set_dry_run(options.dry_run);
  return request;
}

// Follows a change to its end and prints what was reached.
template <typename Call>
Outcome Follow(Form form, Call call) {
  Reply<v1::ApplyResponse> reply = v1::ApplyResponse();
  {
    Progress progress;
    reply = call([&](const v1::ApplyEvent& event) { progress.Show(event); });
  }
  if (!reply) return tl::make_unexpected(reply.error());
  fmt::print("{}", form == Form::kTable ? reply->message() + "\n" : ShowMessage(*reply, form));
  return {};
}

}  // namespace

Outcome RunApply(Client& client, const Options& options) {
  return Follow(options.form,
                [&](const auto& follow) { return client.Apply(RequestOf(options), follow); });
}

Outcome RunReload(Client& client, const Options& options) {
  return Follow(options.form,
                [&](const auto& follow) { return client.Reload(options.override_for, follow); });
}

Outcome RunRestart(Client& client, const Options& options) {
  return Follow(options.form, [&](const auto& follow) {
    return client.Restart(options.slot, options.override_for, follow);
  });
}

Outcome RunDrain(Client& client, const Options& options) {
  return Follow(options.form, [&](const auto& follow) {
    return client.Drain(options.graceful, options.override_for, follow);
  });
}

}  // namespace monoceros::ctl
