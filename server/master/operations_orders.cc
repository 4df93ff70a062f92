// SPDX-License-Identifier: Apache-2.0
// What peers of master.sock may order.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/settings_table.h"
#include "master/operations.h"

namespace monoceros::master {
namespace {

using nlohmann::json;

constexpr size_t kMaxWaiting = 32;
constexpr double kMaxSeconds = 24 * 3600;

// A number of seconds that may be absent; the error names the field.
base::Result<std::optional<double>> Seconds(const json& fields, const char* name) {
  const auto found = fields.find(name);
  if (found == fields.end()) return std::nullopt;
  if (!found->is_number()) return base::Fail(fmt::format("{}: seconds are expected", name));
  const double seconds = *found;
  if (seconds >= 0 && seconds <= kMaxSeconds) return seconds;
  return base::Fail(
      fmt::format("{}: {} is not allowed: 0 to {} seconds", name, seconds, kMaxSeconds));
}

base::Result<uint64_t> Unsigned(const json& fields, const char* name, uint64_t greatest) {
  const auto found = fields.find(name);
  if (found == fields.end()) return 0;
  if (found->is_number_unsigned() && found->get<uint64_t>() <= greatest)
    return found->get<uint64_t>();
  return base::Fail(fmt::format("{}: a whole number, at most {}, is expected", name, greatest));
}

std::string Joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ","));
}

bool IsTrue(const json& fields, const char* name) {
  const auto found = fields.find(name);
  return found != fields.end() && found->is_boolean() && found->get<bool>();
}

bool Changes(const std::string& op) {
  static constexpr std::array kChanges = {"apply", "reload", "restart_worker", "drain"};
  return std::ranges::count(kChanges, op) > 0;
}

}  // namespace

ControlServer::Hello Operations::Hello() const {
  return {{"version", MONOCEROS_VERSION},
          {"features", {"apply", "reload", "restart_worker", "drain", "get_config", "dump_stacks"}},
          {"managed", !Manager().empty()},
          {"managed_by", Manager()}};
}

void Operations::ReadOrders(base::Nanoseconds now) {
  control_.ReadMessages(Hello());
  for (const ControlOrder& order : control_.TakeOrders()) Handle(order, now);
}

void Operations::Refuse(const OrderId& id, const char* code, const std::string& why) {
  control_.SendDone(id, {code, why, live_.values().revision});
}

void Operations::Handle(const ControlOrder& order, base::Nanoseconds now) {
  const std::string& op = order.message.op;
  if (Changes(op)) {
    const auto free = CheckUnmanaged(order.message.Text("override_for"));
    if (!Manages(order) && !free)
      return Refuse(order.id, "failed_precondition", free.error().message);
    if (server_.ending()) return Refuse(order.id, "failed_precondition", "the server ends");
  }
  if (op == "apply") return OnApply(order);
  if (op == "reload") return Queue({.id = order.id, .kind = ChangeOrder::Kind::kReload});
  if (op == "restart_worker") return OnRestart(order);
  if (op == "drain") return OnDrain(order);
  if (op == "get_config") return control_.SendDone(order.id, Config());
  if (op == "dump_stacks") return OnStacks(order, now);
  Refuse(order.id, "invalid_argument", fmt::format("op: \"{}\" is not known", op));
}

// Whoever numbers the revisions manages the server. Beside a live file that takes a certificate,
// because a number is easily said.
bool Operations::Manages(const ControlOrder& order) const {
  if (order.from_operator) return true;
  const bool numbers = order.message.Number("live_revision", 0) > 0;
  return numbers && (live_file_.path().empty() || IsTrue(order.message.fields, "by_certificate"));
}

void Operations::Queue(ChangeOrder order) {
  if (waiting_.size() >= kMaxWaiting) {
    return Refuse(order.id, "failed_precondition", "too many changes wait; try again later");
  }
  if (active_ || !waiting_.empty()) {
    control_.SendEvent(order.id, "waiting for the change before this one", 0, 0);
  }
  waiting_.push_back(std::move(order));
}

void Operations::OnApply(const ControlOrder& order) {
  const json& fields = order.message.fields;
  auto change = ParseChange(fields);
  if (!change) return Refuse(order.id, "invalid_argument", change.error().message);
  const auto revision = Unsigned(fields, "live_revision", INT64_MAX);
  if (!revision) return Refuse(order.id, "invalid_argument", revision.error().message);
  const auto within = Seconds(fields, "converge_within");
  if (!within) return Refuse(order.id, "invalid_argument", within.error().message);
  const bool from_operator = order.from_operator || *revision > 0;
  const bool replaces_all = IsTrue(fields, "replace");
  const auto tried = replaces_all ? live_.TryInstead(*change, *revision, from_operator)
                                  : live_.Try(*change, *revision, from_operator);
  if (!tried) return Refuse(order.id, "invalid_argument", tried.error().message);
  if (auto fits = server_.Fits(tried->settings); !fits) {
    return Refuse(order.id, "invalid_argument", fits.error().message);
  }
  if (IsTrue(fields, "dry_run")) {
    return control_.SendDone(order.id, {"", "nothing was changed", live_.values().revision});
  }
  Queue({.id = order.id,
         .change = std::move(*change),
         .live_revision = *revision,
         .from_operator = from_operator || live_.values().from_operator,
         .replaces_all = replaces_all,
         .converge_within = within->value_or(0)});
}

void Operations::OnRestart(const ControlOrder& order) {
  const json& fields = order.message.fields;
  const auto slot = Unsigned(fields, "slot", UINT32_MAX);
  if (!slot || !fields.contains("slot")) {
    return Refuse(order.id, "invalid_argument", "slot: the number of a worker slot is expected");
  }
  Queue({.id = order.id,
         .kind = ChangeOrder::Kind::kRestartWorker,
         .slot = static_cast<uint32_t>(*slot)});
}

void Operations::OnDrain(const ControlOrder& order) {
  const auto graceful = Seconds(order.message.fields, "graceful");
  if (!graceful) return Refuse(order.id, "invalid_argument", graceful.error().message);
  log_.Info("Ordered to drain and end");
  draining_.push_back(order.id);
  const double delay = live_.settings().drain_delay;
  control_.SendEvent(order.id,
                     delay > 0 ? fmt::format("not ready any more; in {} s no new connections are "
                                             "taken and what runs is finished",
                                             delay)
                               : "taking no new connections; what runs is finished",
                     0, 0);
  server_.Drain(*graceful);
}

OrderOutcome Operations::Config() const {
  json settings = json::array();
  const config::Settings& now = live_.settings();
  for (const config::Setting& setting : config::SettingsTable()) {
    const std::string name(setting.name);
    const auto source = now.sources.find(name);
    settings.push_back({{"name", name},
                        {"value", Joined(config::Show(setting.value, now))},
                        {"source", source == now.sources.end() ? "default" : source->second},
                        {"live", setting.live}});
  }
  const json result = {{"settings", settings}};
  return {"", "", live_.values().revision,
          result.dump(-1, ' ', false, json::error_handler_t::replace)};
}

void Operations::OnStacks(const ControlOrder& order, base::Nanoseconds now) {
  const json& fields = order.message.fields;
  const auto slot = Unsigned(fields, "slot", UINT32_MAX);
  if (!slot || !fields.contains("slot")) {
    return Refuse(order.id, "invalid_argument", "slot: the number of a worker slot is expected");
  }
  const auto row = static_cast<uint32_t>(*slot);
  if (IsTrue(fields, "last_timeout")) {
    const std::string* kept = stacks_.LastTimeout(row);
    if (kept != nullptr)
      return control_.SendDone(order.id, {"", "", live_.values().revision, *kept});
    return Refuse(order.id, "not_found", fmt::format("slot {}: no worker timed out there", row));
  }
  const Worker* worker = server_.pool().At(row);
  if (worker == nullptr || worker->pid() <= 0) {
    return Refuse(order.id, "not_found", fmt::format("slot {}: no worker lives there", row));
  }
  StackRequest request{StackRequest::Purpose::kOrder, row, worker->pid()};
  request.order = order.id;
  stacks_.Read(request, now);
}

void Operations::AnswerStacks() {
  for (StackAnswer& answer : stacks_.TakeOrderAnswers()) {
    const uint64_t revision = live_.values().revision;
    if (answer.json) {
      control_.SendDone(answer.request.order, {"", "", revision, std::move(answer.json)});
    } else {
      control_.SendDone(answer.request.order, {answer.code, answer.error, revision});
    }
  }
}

}  // namespace monoceros::master
