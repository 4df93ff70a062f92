// SPDX-License-Identifier: Apache-2.0
#include "fixtures.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {

using kube::Json;
using kube::Object;

Json ShopSpec() {
  return {{"image", "shop:1"},
          {"application", "shop.wsgi:application"},
          {"workerClass", "gthread"},
          {"workers", 2},
          {"threads", 4},
          {"replicas", 2}};
}

api::WorkerPool Pool(const Json& spec) {
  const Json object = {{"apiVersion", "monoceros.dev/v1alpha1"},
                       {"kind", "WorkerPool"},
                       {"metadata",
                        {{"name", "shop"},
                         {"namespace", "web"},
                         {"uid", "pool-uid"},
                         {"resourceVersion", "7"},
                         {"generation", 3}}},
                       {"spec", spec}};
  auto pool = api::ParseWorkerPool(std::make_shared<const Json>(object));
  if (pool) return *std::move(pool);
  std::fprintf(stderr, "%s\n", pool.error().message.c_str());
  std::abort();
}

api::WorkerPool Shop() { return Pool(ShopSpec()); }

Object Stored(Json written, const std::string& uid) {
  written["metadata"]["uid"] = uid;
  written["metadata"]["resourceVersion"] = "12";
  return std::make_shared<const Json>(std::move(written));
}

namespace {

void Put(Observed& observed, const Action& action) {
  const Object object = action.body.is_null() ? Object() : Stored(action.body);
  if (action.resource == kube::kDeployments) observed.deployment = object;
  if (action.resource == kube::kServices) observed.service = object;
  if (action.resource == kube::kPodDisruptionBudgets) observed.disruption_budget = object;
  if (action.resource == kube::kHorizontalPodAutoscalers) observed.autoscaler = object;
  if (action.resource != kube::kConfigMaps) return;
  if (action.key.name == ControlAuthorityName(observed.pool)) {
    observed.authority = object;
    return;
  }
  std::erase_if(observed.live_configs,
                [&action](const Object& config) { return kube::KeyOf(*config) == action.key; });
  if (object) observed.live_configs.push_back(object);
}

}  // namespace

Observed After(Observed observed, const Plan& plan) {
  for (const Action& action : plan.actions) {
    if (action.kind == Action::Kind::kSetReplicas) {
      observed.pool.spec.replicas = action.body["spec"]["replicas"].get<int32_t>();
    } else {
      Put(observed, action);
    }
  }
  return observed;
}

Observed Fresh(const api::WorkerPool& pool) {
  return {.pool = pool, .bundle = "-----BEGIN CERTIFICATE-----\n"};
}

LiveRecord Initial(const api::WorkerPool& pool) {
  return {.values = api::LiveValuesOf(pool.spec), .revision = 1};
}

Observed Settled(const api::WorkerPool& pool) {
  return After(Fresh(pool), MakePlan(Fresh(pool), Initial(pool)));
}

Json PodOf(const std::string& name, const std::string& hash) {
  const Json server = {{"name", "server"}, {"ready", true}, {"started", true}, {"restartCount", 0}};
  const Json agent = {{"name", "agent"}, {"ready", true}, {"started", true}, {"restartCount", 0}};
  return {{"metadata",
           {{"name", name},
            {"namespace", "web"},
            {"uid", "uid-" + name},
            {"labels", {{"monoceros.dev/pool", "shop"}, {"monoceros.dev/template", hash}}}}},
          {"status",
           {{"phase", "Running"},
            {"podIP", "10.1.2.3"},
            {"conditions", Json::array({{{"type", "Ready"}, {"status", "True"}}})},
            {"initContainerStatuses", Json::array({agent})},
            {"containerStatuses", Json::array({server})}}}};
}

Json& ServerOf(Json& pod) { return pod["status"]["containerStatuses"][0]; }

Look LookOf(uint64_t revision, double saturation) {
  return {.state = agents::PodState{.state = "ready",
                                    .live_revision = revision,
                                    .live_state = "converged",
                                    .worker_class = "gthread",
                                    .workers_wanted = 2,
                                    .threads_wanted = 4,
                                    .saturation = saturation},
          .revision = revision};
}

Picture Calm(const api::WorkerPool& pool) {
  Picture picture = MakePicture(Settled(pool), {});
  for (int i = 0; i < picture.wanted; ++i) {
    const PodFacts pod = FactsOf(PodOf("shop-" + std::to_string(i), picture.hash));
    picture.looks[pod.uid] = LookOf(1);
    picture.pods.push_back(pod);
  }
  return picture;
}

}  // namespace monoceros::workerpool
