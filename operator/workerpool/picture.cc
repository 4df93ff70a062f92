// SPDX-License-Identifier: Apache-2.0
#include "workerpool/picture.h"

#include <algorithm>

#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {
namespace {

// Nobody counts so far: a pod that says more is broken, and must not use the numbers up.
constexpr uint64_t kLargestRevision = uint64_t{1} << 53;

uint64_t Credible(uint64_t revision) { return revision < kLargestRevision ? revision : 0; }

std::optional<LiveRecord> RecordOf(const Observed& observed, const std::string& hash) {
  const kube::Object config = LiveConfigOf(observed, hash);
  if (!config || !IsOwned(*config, observed.pool)) return {};
  return ReadLiveRecord(*config);
}

bool IsStalled(const Observed& observed) {
  if (!observed.deployment) return false;
  return std::ranges::any_of(
      kube::At(*observed.deployment, "/status/conditions"), [](const kube::Json& condition) {
        return kube::TextAt(condition, "/reason") == "ProgressDeadlineExceeded";
      });
}

bool IsCurrent(const Picture& picture, const PodFacts& pod) { return pod.hash == picture.hash; }

bool HasLiveValues(const Picture& picture, const PodFacts& pod) {
  const Look* const look = LookAt(picture, pod);
  return look != nullptr && picture.live && HasConverged(*look, picture.live->revision);
}

LookTarget TargetOf(const PodFacts& pod, const std::optional<LiveRecord>& record) {
  LookTarget target{
      .uid = pod.uid, .pod = pod.name, .address = pod.address, .restarts = pod.restarts};
  if (!record || !IsPushed(*record)) return target;
  target.values = record->values;
  target.revision = record->revision;
  return target;
}

}  // namespace

Picture MakePicture(const Observed& observed, const Looks& looks) {
  Picture picture{.pool = observed.pool,
                  .wanted = WantedReplicas(observed),
                  .hash = TemplateHash(observed.pool),
                  .pods = FactsOf(observed.pods),
                  .looks = looks,
                  .stalled = IsStalled(observed)};
  picture.live = RecordOf(observed, picture.hash);
  return picture;
}

const Look* LookAt(const Picture& picture, const PodFacts& pod) {
  const auto found = picture.looks.find(pod.uid);
  return found == picture.looks.end() ? nullptr : &found->second;
}

Counts CountPods(const Picture& picture) {
  Counts counts;
  for (const PodFacts& pod : picture.pods) {
    ++counts.all;
    if (pod.ready) ++counts.ready;
    if (!IsCurrent(picture, pod)) continue;
    ++counts.updated;
    if (!pod.started) continue;
    ++counts.started;
    if (HasLiveValues(picture, pod)) ++counts.converged;
  }
  return counts;
}

LiveFacts LiveFactsOf(const Picture& picture, const Observed& observed) {
  const Counts counts = CountPods(picture);
  LiveFacts facts{.record = picture.live,
                  .wanted = api::LiveValuesOf(picture.pool.spec),
                  .converged = counts.started > 0 && counts.converged == counts.started};
  for (const kube::Object& config : observed.live_configs) {
    if (!IsOwned(*config, picture.pool)) continue;
    const auto live = ReadLiveConfig(*config);
    if (live) facts.greatest = std::max(facts.greatest, Credible(live->revision));
  }
  for (const PodFacts& pod : picture.pods) {
    const Look* const look = LookAt(picture, pod);
    if (look == nullptr || !look->state) continue;
    const uint64_t revision = Credible(look->state->live_revision);
    facts.greatest = std::max(facts.greatest, revision);
    if (!IsCurrent(picture, pod)) continue;
    facts.ahead = std::max(facts.ahead, revision);
    const bool refuses =
        look->refusal && picture.live && look->refusal->revision == picture.live->revision;
    if (refuses && !facts.refusal) facts.refusal = look->refusal;
  }
  return facts;
}

std::vector<LookTarget> LookTargets(const Picture& picture, const Observed& observed, bool push) {
  std::vector<LookTarget> targets;
  for (const PodFacts& pod : picture.pods) {
    if (!pod.started || pod.address.empty()) continue;
    targets.push_back(
        TargetOf(pod, push ? RecordOf(observed, pod.hash) : std::optional<LiveRecord>()));
  }
  return targets;
}

}  // namespace monoceros::workerpool
