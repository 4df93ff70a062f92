// SPDX-License-Identifier: Apache-2.0
#include "workerpool/builders/containers.h"

#include <fmt/format.h>

#include "agents/certificates.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

constexpr char kRunMount[] = "/run/monoceros";
constexpr char kRunDirectory[] = "/run/monoceros/pool";
constexpr char kTmpMount[] = "/tmp";
constexpr char kLiveMount[] = "/etc/monoceros/live";
constexpr char kLiveFile[] = "/etc/monoceros/live/live.yaml";
constexpr char kAuthorityMount[] = "/etc/monoceros/control-ca";
constexpr char kAuthorityFile[] = "/etc/monoceros/control-ca/ca.crt";

std::string Everywhere(uint16_t port) { return fmt::format("0.0.0.0:{}", port); }

Json Port(const char* name, uint16_t port) {
  return {{"name", name}, {"containerPort", port}, {"protocol", "TCP"}};
}

Json Mount(const char* volume, const char* path) { return {{"name", volume}, {"mountPath", path}}; }

Json ReadOnlyMount(const char* volume, const char* path) {
  Json mount = Mount(volume, path);
  mount["readOnly"] = true;
  return mount;
}

Json Probe(const char* path, int period, int timeout, int failures) {
  return {{"httpGet", {{"path", path}, {"port", "health"}}},
          {"periodSeconds", period},
          {"timeoutSeconds", timeout},
          {"failureThreshold", failures}};
}

Json ContainerSecurity() {
  return {{"allowPrivilegeEscalation", false},
          {"capabilities", {{"drop", Json::array({"ALL"})}}},
          {"readOnlyRootFilesystem", true}};
}

// What both containers share.
Json Container(const api::WorkerPool& pool, const char* name, const char* program) {
  Json container = {{"name", name},
                    {"image", pool.spec.image},
                    {"command", Json::array({program})},
                    {"securityContext", ContainerSecurity()},
                    {"terminationMessagePolicy", "FallbackToLogsOnError"}};
  if (!pool.spec.image_pull_policy.empty()) {
    container["imagePullPolicy"] = pool.spec.image_pull_policy;
  }
  return container;
}

Json ServerArguments(const api::WorkerPoolSpec& spec) {
  Json arguments =
      Json::array({"--no-agent", "--run-dir", kRunDirectory, "--bind", Everywhere(spec.port),
                   "--health-bind", Everywhere(api::kHealthPort), "--live-file", kLiveFile,
                   "--graceful-timeout", std::to_string(spec.graceful_timeout_seconds),
                   "--drain-delay", std::to_string(spec.drain_delay_seconds)});
  if (!spec.asgi_application.empty()) {
    arguments.insert(arguments.end(), {"--asgi-app", spec.asgi_application});
  }
  arguments.push_back(spec.application);
  return arguments;
}

Json AgentArguments() {
  return Json::array({"--run-dir", kRunDirectory, "--agent-bind", Everywhere(api::kMetricsPort),
                      "--control-bind", Everywhere(api::kControlPort), "--control-tls-client-ca",
                      kAuthorityFile, "--control-change-sans", agents::kOperatorName});
}

}  // namespace

Json BuildServerContainer(const api::WorkerPool& pool) {
  const api::WorkerPoolSpec& spec = pool.spec;
  Json container = Container(pool, "server", "monoceros");
  container["args"] = ServerArguments(spec);
  container["ports"] = Json::array({Port("http", spec.port), Port("health", api::kHealthPort)});
  container["volumeMounts"] =
      Json::array({Mount(kRunVolume, kRunMount), Mount(kTmpVolume, kTmpMount),
                   ReadOnlyMount(kLiveVolume, kLiveMount)});
  container["startupProbe"] = Probe("/readyz", 1, 5, kStartupSeconds);
  container["readinessProbe"] = Probe("/readyz", 5, 5, 2);
  container["livenessProbe"] = Probe("/livez", 10, 5, 6);
  if (!spec.env.is_null()) container["env"] = spec.env;
  if (!spec.resources.is_null()) container["resources"] = spec.resources;
  return container;
}

// Without probes: a pod whose agent hangs still serves.
Json BuildAgentContainer(const api::WorkerPool& pool) {
  Json container = Container(pool, "agent", "monoceros-agent");
  container["restartPolicy"] = "Always";
  container["args"] = AgentArguments();
  container["ports"] =
      Json::array({Port("metrics", api::kMetricsPort), Port("control", api::kControlPort)});
  container["volumeMounts"] =
      Json::array({Mount(kRunVolume, kRunMount), ReadOnlyMount(kAuthorityVolume, kAuthorityMount)});
  container["resources"] = {{"requests", {{"cpu", "10m"}, {"memory", "32Mi"}}},
                            {"limits", {{"memory", "128Mi"}}}};
  return container;
}

}  // namespace monoceros::workerpool
