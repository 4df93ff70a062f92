// SPDX-License-Identifier: Apache-2.0
#include "workerpool/conditions.h"

#include <fmt/format.h>

#include <algorithm>

namespace monoceros::workerpool {
namespace {

constexpr char kTrue[] = "True";
constexpr char kFalse[] = "False";
constexpr char kUnknown[] = "Unknown";

Condition Ready(const Picture& picture, const Counts& counts) {
  const std::string message = fmt::format("{} of {} pods serve", counts.ready, picture.wanted);
  const bool enough = counts.ready >= picture.wanted;
  return {"Ready", enough ? kTrue : kFalse, enough ? "EnoughPods" : "TooFewPods", message};
}

Condition Progressing(const Picture& picture, const Counts& counts) {
  const std::string message = fmt::format("{} of {} pods have the newest template, {} are ready",
                                          counts.updated, picture.wanted, counts.ready);
  if (picture.pool.spec.paused) {
    return {"Progressing", kFalse, "Paused", "spec.paused is true: nothing is changed"};
  }
  const bool old = counts.updated < counts.all;
  const bool done = !old && counts.all == picture.wanted && counts.ready == picture.wanted;
  if (done) return {"Progressing", kFalse, "Complete", message};
  if (picture.stalled) return {"Progressing", kFalse, "DeadlineExceeded", message};
  return {"Progressing", kTrue, old ? "RollingOut" : "Scaling", message};
}

// The first that fails among the pods of the newest template.
const PodFacts* FailingPod(const Picture& picture) {
  const auto found = std::ranges::find_if(picture.pods, [&picture](const PodFacts& pod) {
    return pod.hash == picture.hash && !pod.failure.empty();
  });
  return found == picture.pods.end() ? nullptr : &*found;
}

Condition Degraded(const Picture& picture) {
  const std::vector<Problem>& troubles = picture.troubles;
  if (!troubles.empty()) {
    return {"Degraded", kTrue, troubles.front().reason, troubles.front().message};
  }
  if (picture.live && IsRefused(*picture.live, api::LiveValuesOf(picture.pool.spec))) {
    return {"Degraded", kTrue, "LiveChangeFailed",
            fmt::format("{}; it is not tried again until the spec changes", picture.live->refusal)};
  }
  if (const PodFacts* pod = FailingPod(picture)) {
    return {"Degraded", kTrue, "PodsFailing",
            fmt::format("{}: {}: {}", pod->name, pod->failure, pod->message)};
  }
  if (picture.stalled) {
    return {"Degraded", kTrue, "DeadlineExceeded",
            "New pods do not become ready; kubectl describe of them may say why"};
  }
  return {"Degraded", kFalse, "AsWanted", "Nothing is wrong"};
}

// Why a pod has not converged, as far as it is known.
std::string Delay(const Picture& picture) {
  for (const PodFacts& pod : picture.pods) {
    const Look* const look = LookAt(picture, pod);
    if (pod.hash != picture.hash || !pod.started || look == nullptr) continue;
    if (HasConverged(*look, picture.live->revision)) continue;
    if (!look->unreachable.empty()) return fmt::format("; {}: {}", pod.name, look->unreachable);
  }
  return {};
}

Condition LiveConverged(const Picture& picture, const Counts& counts) {
  constexpr char kType[] = "LiveConverged";
  const agents::LiveValues wanted = api::LiveValuesOf(picture.pool.spec);
  if (!picture.live) return {kType, kUnknown, "NotWritten", "No live values were written yet"};
  const LiveRecord& live = *picture.live;
  if (IsRefused(live, wanted)) return {kType, kFalse, "LiveChangeFailed", live.refusal};
  if (live.values != wanted) {
    return {kType, kFalse, "NotWritten", "The live values of the spec were not written yet"};
  }
  if (counts.started == 0) return {kType, kUnknown, "NoPods", "No pod of the newest template runs"};
  const std::string message = fmt::format("{} of {} pods have live revision {}", counts.converged,
                                          counts.started, live.revision);
  if (counts.converged == counts.started) return {kType, kTrue, "Converged", message};
  return {kType, kFalse, "Converging", message + Delay(picture)};
}

}  // namespace

std::vector<Condition> ConditionsOf(const Picture& picture) {
  const Counts counts = CountPods(picture);
  return {Ready(picture, counts), Progressing(picture, counts), Degraded(picture),
          LiveConverged(picture, counts)};
}

}  // namespace monoceros::workerpool
