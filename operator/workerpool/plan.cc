// SPDX-License-Identifier: Apache-2.0
#include "workerpool/plan.h"

#include <fmt/format.h>

#include <set>

#include "workerpool/builders/builders.h"
#include "workerpool/drift.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;
using runtime::EventText;

class Planner {
 public:
  Planner(const Observed& observed, const LiveRecord& live)
      : observed_(observed), pool_(observed.pool), live_(live) {
    plan_.replicas = WantedReplicas(observed);
  }

  Plan Make() {
    SetReplicas();
    if (PlanConfigMaps()) PlanTheRest();
    return std::move(plan_);
  }

 private:
  void SetReplicas() {
    if (pool_.spec.replicas) return;
    plan_.actions.push_back({.kind = Action::Kind::kSetReplicas,
                             .resource = kube::kWorkerPools,
                             .key = pool_.key,
                             .body = {{"spec", {{"replicas", plan_.replicas}}}},
                             .live = pool_.object});
  }

  bool PlanConfigMaps() {
    const Json authority = BuildControlAuthority(pool_, observed_.bundle);
    const Json live = BuildLiveRecord(pool_, hash_, live_);
    return Want(kube::kConfigMaps, observed_.authority, authority) &&
           Want(kube::kConfigMaps, LiveConfigOf(observed_, hash_), live);
  }

  void PlanTheRest() {
    const Json deployment = BuildDeployment(pool_, plan_.replicas);
    if (!Want(kube::kDeployments, observed_.deployment, deployment, ScalingEvent())) return;
    Want(kube::kServices, observed_.service, BuildService(pool_));
    Want(kube::kPodDisruptionBudgets, observed_.disruption_budget, BuildPodDisruptionBudget(pool_));
    PlanAutoscaler();
    DropUnusedLiveConfigs();
  }

  void PlanAutoscaler() {
    if (pool_.spec.autoscaling) {
      Want(kube::kHorizontalPodAutoscalers, observed_.autoscaler,
           BuildHorizontalPodAutoscaler(pool_));
    } else if (observed_.autoscaler && IsOwned(*observed_.autoscaler, pool_)) {
      Delete(kube::kHorizontalPodAutoscalers, observed_.autoscaler);
    }
  }

  // Whether the child is ours, or will be.
  bool Want(const kube::Resource& resource, const kube::Object& live, const Json& built,
            std::optional<EventText> event = {}) {
    Json body = Stamped(built);
    if (live && !IsOwned(*live, pool_)) {
      plan_.conflicts.push_back(ConflictText(*live, pool_));
      return false;
    }
    if (live && !Drifted(*live, body)) return true;
    const kube::Key key = kube::KeyOf(body);
    plan_.actions.push_back({.kind = live ? Action::Kind::kApply : Action::Kind::kCreate,
                             .resource = resource,
                             .key = key,
                             .body = std::move(body),
                             .live = live,
                             .event = std::move(event)});
    return true;
  }

  void Delete(const kube::Resource& resource, const kube::Object& live) {
    plan_.actions.push_back({.kind = Action::Kind::kDelete,
                             .resource = resource,
                             .key = kube::KeyOf(*live),
                             .live = live});
  }

  std::optional<EventText> ScalingEvent() const {
    if (!observed_.deployment) return {};
    const int64_t before = kube::NumberAt(*observed_.deployment, "/spec/replicas");
    if (before == plan_.replicas) return {};
    return EventText{.reason = before < plan_.replicas ? "ScaledUp" : "ScaledDown",
                     .action = "Scale",
                     .note = fmt::format("From {} to {} pods", before, plan_.replicas)};
  }

  // Templates whose pods are there or may come.
  std::set<std::string> UsedTemplates() const {
    std::set<std::string> used{hash_};
    for (const kube::Object& pod : observed_.pods) {
      used.insert(LabelOf(*pod, api::kTemplateHashLabel));
    }
    for (const kube::Object& set : observed_.replica_sets) {
      const bool scaled = kube::NumberAt(*set, "/spec/replicas") > 0 ||
                          kube::NumberAt(*set, "/status/replicas") > 0;
      if (scaled) used.insert(LabelOf(*set, api::kTemplateHashLabel));
    }
    return used;
  }

  void DropUnusedLiveConfigs() {
    const std::set<std::string> used = UsedTemplates();
    for (const kube::Object& config : observed_.live_configs) {
      if (!IsOwned(*config, pool_)) continue;
      if (used.contains(LabelOf(*config, api::kTemplateHashLabel))) continue;
      Delete(kube::kConfigMaps, config);
    }
  }

  const Observed& observed_;
  const api::WorkerPool& pool_;
  const LiveRecord& live_;
  std::string hash_ = TemplateHash(observed_.pool);
  Plan plan_;
};

}  // namespace

Plan MakePlan(const Observed& observed, const LiveRecord& live) {
  return Planner(observed, live).Make();
}

}  // namespace monoceros::workerpool
