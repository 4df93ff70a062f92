// SPDX-License-Identifier: Apache-2.0
#include "workerpool/status.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "workerpool/conditions.h"
#include "workerpool/load.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

constexpr size_t kMostExceptions = 10;
constexpr size_t kMostText = 1024;  // bytes of an exception's message, by the CRD

std::string TimeText(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

Json ConditionJson(const Picture& picture, const Condition& condition, const Json& before,
                   std::chrono::system_clock::time_point now) {
  const Json& old = ConditionOf(before, condition.type);
  const bool same = kube::TextAt(old, "/status") == condition.status;
  return {{"type", condition.type},
          {"status", condition.status},
          {"reason", condition.reason},
          {"message", condition.message},
          {"observedGeneration", picture.pool.generation},
          {"lastTransitionTime",
           kube::TextAt(same ? old : Json(), "/lastTransitionTime", TimeText(now))}};
}

Json Exception(const PodFacts& pod, const std::string& reason, const std::string& message) {
  return {{"pod", pod.name}, {"reason", reason}, {"message", LastLines(message, kMostText)}};
}

// What is not as it should be with one pod; null: nothing.
Json ExceptionOf(const Picture& picture, const PodFacts& pod) {
  if (!pod.failure.empty()) return Exception(pod, pod.failure, pod.message);
  const Look* const look = LookAt(picture, pod);
  if (look == nullptr) return {};
  if (!look->unreachable.empty()) return Exception(pod, "AgentUnreachable", look->unreachable);
  const bool refuses = look->refusal && picture.live && pod.hash == picture.hash &&
                       look->refusal->revision == picture.live->revision;
  if (refuses) return Exception(pod, "LiveChangeFailed", look->refusal->message);
  return {};
}

Json Exceptions(const Picture& picture) {
  Json exceptions = Json::array();
  for (const PodFacts& pod : picture.pods) {
    if (exceptions.size() == kMostExceptions) break;
    Json exception = ExceptionOf(picture, pod);
    if (!exception.is_null()) exceptions.push_back(std::move(exception));
  }
  return exceptions;
}

void AddCounts(const Picture& picture, Json& status) {
  const Counts counts = CountPods(picture);
  status["replicas"] = counts.all;
  status["readyReplicas"] = counts.ready;
  status["updatedReplicas"] = counts.updated;
  status["convergedReplicas"] = counts.converged;
}

// Where the pool leaves a value open, what a pod says that it has.
void AddLive(const Picture& picture, Json& status) {
  if (!picture.live) return;
  for (const PodFacts& pod : picture.pods) {
    const Look* const look = LookAt(picture, pod);
    if (look == nullptr || !look->state || pod.hash != picture.hash) continue;
    status["workers"] = look->state->workers_wanted;
    status["threads"] = look->state->threads_wanted;
    status["workerClass"] = look->state->worker_class;
    break;
  }
  const agents::LiveValues& values = picture.live->values;
  if (values.workers) status["workers"] = *values.workers;
  if (values.threads) status["threads"] = *values.threads;
  if (!values.worker_class.empty()) status["workerClass"] = values.worker_class;
  status["liveRevision"] = picture.live->revision;
}

void AddLoad(const Picture& picture, const Json& before, Json& status) {
  const std::string old = kube::TextAt(before, "/load");
  const auto saturation = MeanSaturation(picture);
  const std::string band = saturation ? LoadBand(old, *saturation) : old;
  if (!band.empty()) status["load"] = band;
}

}  // namespace

const Json& ConditionOf(const Json& status, std::string_view type) {
  static const Json kNone;
  for (const Json& condition : kube::At(status, "/conditions")) {
    if (kube::TextAt(condition, "/type") == type) return condition;
  }
  return kNone;
}

Json BuildStatus(const Picture& picture, const Json& before,
                 std::chrono::system_clock::time_point now) {
  Json status = {{"observedGeneration", picture.pool.generation},
                 {"selector", api::SelectorOf(picture.pool)},
                 {"templateHash", picture.hash}};
  AddCounts(picture, status);
  AddLive(picture, status);
  AddLoad(picture, before, status);
  Json exceptions = Exceptions(picture);
  if (!exceptions.empty()) status["exceptions"] = std::move(exceptions);
  status["conditions"] = Json::array();
  for (const Condition& condition : ConditionsOf(picture)) {
    status["conditions"].push_back(ConditionJson(picture, condition, before, now));
  }
  return status;
}

bool OnlyLoadDiffers(const Json& before, const Json& after) {
  if (before == after || !before.is_object()) return false;
  Json old = before;
  Json now = after;
  old.erase("load");
  now.erase("load");
  return old == now;
}

}  // namespace monoceros::workerpool
