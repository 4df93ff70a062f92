// SPDX-License-Identifier: Apache-2.0
#include "workerpool/events.h"

#include <fmt/format.h>

#include <string>

#include "workerpool/status.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;
using runtime::EventText;

std::string StatusOf(const Json& status, const char* type) {
  return kube::TextAt(ConditionOf(status, type), "/status");
}

std::string ReasonOf(const Json& status, const char* type) {
  return kube::TextAt(ConditionOf(status, type), "/reason");
}

std::string MessageOf(const Json& status, const char* type) {
  return kube::TextAt(ConditionOf(status, type), "/message");
}

void AddRollout(const Json& before, const Json& after, std::vector<EventText>& events) {
  const std::string hash = kube::TextAt(after, "/templateHash");
  if (hash != kube::TextAt(before, "/templateHash")) {
    events.push_back({.reason = "RolloutStarted",
                      .action = "RollOut",
                      .note = fmt::format("Pods of the template {} are made", hash)});
  }
  const bool complete = ReasonOf(after, "Progressing") == "Complete";
  if (complete && StatusOf(before, "Progressing") == "True") {
    const bool scaled = ReasonOf(before, "Progressing") == "Scaling";
    events.push_back({.reason = scaled ? "ScalingComplete" : "RolloutComplete",
                      .action = scaled ? "Scale" : "RollOut",
                      .note = MessageOf(after, "Progressing")});
  }
}

void AddDegraded(const Json& before, const Json& after, std::vector<EventText>& events) {
  const std::string reason = ReasonOf(after, "Degraded");
  if (StatusOf(after, "Degraded") != "True" || reason == ReasonOf(before, "Degraded")) return;
  events.push_back({.type = EventText::Type::kWarning,
                    .reason = reason,
                    .action = reason == "LiveChangeFailed" ? "Push" : "Reconcile",
                    .note = MessageOf(after, "Degraded")});
}

void AddLive(const Json& before, const Json& after, std::vector<EventText>& events) {
  const bool converged = StatusOf(after, "LiveConverged") == "True";
  const bool news =
      StatusOf(before, "LiveConverged") != "True" ||
      kube::NumberAt(before, "/liveRevision") != kube::NumberAt(after, "/liveRevision");
  if (!converged || !news) return;
  events.push_back({.reason = "LiveChangeConverged",
                    .action = "Push",
                    .note = MessageOf(after, "LiveConverged")});
}

}  // namespace

std::vector<EventText> EventsOf(const Json& before, const Json& after) {
  std::vector<EventText> events;
  AddRollout(before, after, events);
  AddDegraded(before, after, events);
  AddLive(before, after, events);
  return events;
}

}  // namespace monoceros::workerpool
