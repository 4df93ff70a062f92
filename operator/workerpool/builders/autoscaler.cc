// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "workerpool/builders/builders.h"
#include "workerpool/builders/metadata.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

Json SaturationMetric(double target) {
  const std::string value = fmt::format("{}m", std::lround(target * 1000));
  return {{"type", "Pods"},
          {"pods",
           {{"metric", {{"name", "monoceros_saturation_ratio"}}},
            {"target", {{"type", "AverageValue"}, {"averageValue", value}}}}}};
}

}  // namespace

Json BuildHorizontalPodAutoscaler(const api::WorkerPool& pool) {
  if (!pool.spec.autoscaling) std::abort();
  const api::Autoscaling& autoscaling = *pool.spec.autoscaling;
  Json autoscaler = OwnedObject(pool, kube::kHorizontalPodAutoscalers, pool.key.name);
  autoscaler["spec"] = {
      {"scaleTargetRef",
       {{"apiVersion", kube::kWorkerPools.ApiVersion()},
        {"kind", kube::kWorkerPools.kind},
        {"name", pool.key.name}}},
      {"minReplicas", autoscaling.min_replicas},
      {"maxReplicas", autoscaling.max_replicas},
      {"metrics", Json::array({SaturationMetric(autoscaling.target_saturation)})}};
  return autoscaler;
}

}  // namespace monoceros::workerpool
