// SPDX-License-Identifier: Apache-2.0
#include "agent/order_messages.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "agent/proto_time.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;
using nlohmann::json;

constexpr double kMostSeconds = 86'400;

// Seconds of a field that may be absent.
Result<std::optional<double>> Seconds(bool present, const google::protobuf::Duration& duration,
                                      const char* field) {
  if (!present) return std::nullopt;
  const double seconds = TimeInSeconds(duration);
  if (seconds >= 0 && seconds <= kMostSeconds) return seconds;
  return Fail(
      fmt::format("{}: {} seconds are not allowed: from 0 to {}", field, seconds, kMostSeconds));
}

void SetOverride(const std::string& override_for, json& order) {
  if (!override_for.empty()) order["override_for"] = override_for;
}

}  // namespace

Result<json> ToOrder(const control::v1::ApplyRequest& request) {
  const auto within =
      Seconds(request.has_converge_within(), request.converge_within(), "converge_within");
  if (!within) return tl::make_unexpected(within.error());
  json order = {{"op", "apply"}, {"live_revision", request.live_revision()}};
  if (request.has_workers()) order["workers"] = request.workers();
  if (request.has_threads()) order["threads"] = request.threads();
  if (request.has_worker_class()) order["worker_class"] = request.worker_class();
  for (const auto& [name, text] : request.settings()) order["settings"][name] = text;
  if (request.dry_run()) order["dry_run"] = true;
  if (request.replace()) order["replace"] = true;
  if (*within) order["converge_within"] = **within;
  SetOverride(request.override_for(), order);
  return order;
}

Result<json> ToOrder(const control::v1::ReloadRequest& request) {
  json order = {{"op", "reload"}};
  SetOverride(request.override_for(), order);
  return order;
}

Result<json> ToOrder(const control::v1::RestartWorkerRequest& request) {
  json order = {{"op", "restart_worker"}, {"slot", request.slot()}};
  SetOverride(request.override_for(), order);
  return order;
}

Result<json> ToOrder(const control::v1::DrainRequest& request) {
  const auto graceful = Seconds(request.has_graceful(), request.graceful(), "graceful");
  if (!graceful) return tl::make_unexpected(graceful.error());
  json order = {{"op", "drain"}};
  if (*graceful) order["graceful"] = **graceful;
  SetOverride(request.override_for(), order);
  return order;
}

Result<json> ToOrder(const control::v1::DumpStacksRequest& request) {
  return json{
      {"op", "dump_stacks"}, {"slot", request.slot()}, {"last_timeout", request.last_timeout()}};
}

Result<json> GetConfigOrder() { return json{{"op", "get_config"}}; }

}  // namespace monoceros::agent
