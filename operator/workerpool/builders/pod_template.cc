// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/pod_template.h"

#include "workerpool/builders/builders.h"
#include "workerpool/builders/containers.h"
#include "workerpool/builders/metadata.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

constexpr int kUser = 10001;  // of the images (deploy/docker)
constexpr int kSecondsToExit = 10;

Json PodSecurity() {
  return {{"runAsNonRoot", true},
          {"runAsUser", kUser},
          {"runAsGroup", kUser},
          {"fsGroup", kUser},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}};
}

Json ConfigMapVolume(const char* name, const std::string& config_map) {
  return {{"name", name}, {"configMap", {{"name", config_map}}}};
}

Json Volumes(const api::WorkerPool& pool, const std::string& hash) {
  const Json memory = {{"medium", "Memory"}, {"sizeLimit", "64Mi"}};
  return Json::array({Json{{"name", kRunVolume}, {"emptyDir", memory}},
                      Json{{"name", kTmpVolume}, {"emptyDir", Json::object()}},
                      ConfigMapVolume(kLiveVolume, LiveConfigName(pool, hash)),
                      ConfigMapVolume(kAuthorityVolume, ControlAuthorityName(pool))});
}

Json PodMetadata(const api::WorkerPool& pool, const std::string& hash) {
  Json labels = StandardLabels(pool);
  labels[api::kTemplateHashLabel] = hash;
  return {{"labels", labels},
          {"annotations",
           {{"kubectl.kubernetes.io/default-container", "server"},
            {"prometheus.io/scrape", "true"},
            {"prometheus.io/port", std::to_string(api::kMetricsPort)},
            {"prometheus.io/path", "/metrics"}}}};
}

}  // namespace

Json BuildPodTemplate(const api::WorkerPool& pool, const std::string& hash) {
  const int grace = pool.spec.drain_delay_seconds + pool.spec.graceful_timeout_seconds;
  return {{"metadata", PodMetadata(pool, hash)},
          {"spec",
           {{"automountServiceAccountToken", false},
            {"enableServiceLinks", false},
            {"securityContext", PodSecurity()},
            {"terminationGracePeriodSeconds", grace + kSecondsToExit},
            {"initContainers", Json::array({BuildAgentContainer(pool)})},
            {"containers", Json::array({BuildServerContainer(pool)})},
            {"volumes", Volumes(pool, hash)}}}};
}

}  // namespace monoceros::workerpool
