// SPDX-License-Identifier: Apache-2.0
#include "workerpool/caches.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {
namespace {

using kube::Object;

// The pool that an object belongs to, by its label.
kube::Key PoolOf(const kube::Json& object) {
  return {kube::KeyOf(object).ns, LabelOf(object, api::kPoolLabel)};
}

std::vector<Object> ControlledBy(const std::set<std::string>& uids, std::vector<Object> objects) {
  std::erase_if(objects,
                [&uids](const Object& object) { return !uids.contains(ControllerUid(*object)); });
  return objects;
}

std::set<std::string> UidsOf(const std::vector<Object>& objects) {
  std::set<std::string> uids;
  for (const Object& object : objects) uids.insert(kube::UidOf(*object));
  return uids;
}

std::vector<Object> LiveConfigs(const api::WorkerPool& pool, std::vector<Object> config_maps) {
  std::erase_if(config_maps, [&pool](const Object& config_map) {
    return LabelOf(*config_map, api::kPoolLabel) != pool.key.name ||
           LabelOf(*config_map, api::kTemplateHashLabel).empty();
  });
  return config_maps;
}

}  // namespace

Caches::Caches(kube::Client& client, const std::string& ns,
               const std::function<void(kube::Key)>& changed)
    : pools_(client, kube::kWorkerPools, ns, ""),
      deployments_(client, kube::kDeployments, ns, api::kPoolLabel),
      services_(client, kube::kServices, ns, api::kPoolLabel),
      disruption_budgets_(client, kube::kPodDisruptionBudgets, ns, api::kPoolLabel),
      autoscalers_(client, kube::kHorizontalPodAutoscalers, ns, api::kPoolLabel),
      config_maps_(client, kube::kConfigMaps, ns, api::kPoolLabel),
      replica_sets_(client, kube::kReplicaSets, ns, api::kPoolLabel),
      pods_(client, kube::kPods, ns, api::kPoolLabel),
      all_(All()) {
  for (const Followed& followed : all_) {
    const bool is_pool = followed.informer == &pools_;
    followed.informer->OnChange([changed, is_pool](const Object& before, const Object& after) {
      for (const Object& object : {before, after}) {
        if (object) changed(is_pool ? kube::KeyOf(*object) : PoolOf(*object));
      }
    });
  }
}

std::vector<Caches::Followed> Caches::All() {
  return {{kube::kWorkerPools, &pools_},
          {kube::kDeployments, &deployments_},
          {kube::kServices, &services_},
          {kube::kPodDisruptionBudgets, &disruption_budgets_},
          {kube::kHorizontalPodAutoscalers, &autoscalers_},
          {kube::kConfigMaps, &config_maps_},
          {kube::kReplicaSets, &replica_sets_},
          {kube::kPods, &pods_}};
}

void Caches::Follow(runtime::TaskGroup& tasks) {
  for (const Followed& followed : all_) tasks.Spawn(followed.informer->Run());
}

std::string Caches::NotReady() const {
  std::string reasons;
  for (const auto& [resource, informer] : all_) {
    if (informer->synced()) continue;
    if (!reasons.empty()) reasons += '\n';
    reasons += fmt::format("the list of {} has not come yet", resource.plural);
    if (!informer->trouble().empty()) reasons += ": " + informer->trouble();
  }
  return reasons;
}

Observed Caches::Gather(const api::WorkerPool& pool, const std::string& bundle) const {
  const kube::Key& key = pool.key;
  Observed observed{.pool = pool,
                    .deployment = deployments_.Get(key),
                    .service = services_.Get(key),
                    .disruption_budget = disruption_budgets_.Get(key),
                    .autoscaler = autoscalers_.Get(key),
                    .authority = config_maps_.Get({key.ns, ControlAuthorityName(pool)}),
                    .live_configs = LiveConfigs(pool, config_maps_.List(key.ns)),
                    .bundle = bundle};
  if (!observed.deployment || !IsOwned(*observed.deployment, pool)) return observed;
  observed.replica_sets =
      ControlledBy({kube::UidOf(*observed.deployment)}, replica_sets_.List(key.ns));
  observed.pods = ControlledBy(UidsOf(observed.replica_sets), pods_.List(key.ns));
  return observed;
}

void Caches::Learn(const kube::Resource& resource, const Object& object) {
  for (const Followed& followed : all_) {
    if (followed.resource == resource) followed.informer->Learn(object);
  }
}

}  // namespace monoceros::workerpool
