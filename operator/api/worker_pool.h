// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agents/live_values.h"
#include "base/result.h"
#include "kube/object.h"

namespace monoceros::api {

struct Autoscaling {
  int32_t min_replicas = 1;
  int32_t max_replicas = 1;
  double target_saturation = 0.6;  // spec: `targetSaturationPercent`, 60
};

// The spec of a WorkerPool (deploy/crds), defaults filled in by the API server.
struct WorkerPoolSpec {
  std::string image;
  std::string image_pull_policy;  // empty: Kubernetes' own default
  std::string application;        // "shop.wsgi:application"
  std::string asgi_application;   // what class asgi runs; empty: `application`
  std::string worker_class;       // one of the server's; empty: what the image says
  std::optional<uint32_t> workers;
  std::optional<uint32_t> threads;
  std::optional<int32_t> replicas;
  kube::Json resources;  // a ResourceRequirements object, or null
  kube::Json env;        // a list of EnvVar, or null
  uint16_t port = 8000;
  std::map<std::string, std::string> settings;  // live settings of the server
  std::optional<Autoscaling> autoscaling;
  int32_t drain_delay_seconds = 5;
  int32_t graceful_timeout_seconds = 30;
  bool paused = false;
};

// A WorkerPool and what of its metadata the operator needs.
struct WorkerPool {
  kube::Key key;
  std::string uid;
  int64_t generation = 0;
  bool deleting = false;
  WorkerPoolSpec spec;
  kube::Object object;  // as it came
};

// The error names the field; only an object that went around the CRD's schema has one.
base::Result<WorkerPool> ParseWorkerPool(const kube::Object& object);

// The part of the spec that running pods take without a restart.
agents::LiveValues LiveValuesOf(const WorkerPoolSpec& spec);

// Names that are part of the contract with charts, dashboards and people.
inline constexpr char kFieldManager[] = "monoceros-operator";
inline constexpr char kPoolLabel[] = "monoceros.dev/pool";  // on every child and pod
inline constexpr char kTemplateHashLabel[] =
    "monoceros.dev/template";  // on pods and live ConfigMaps
inline constexpr uint16_t kHealthPort = 9101;
inline constexpr uint16_t kMetricsPort = 9102;
inline constexpr uint16_t kControlPort = 9103;

// "monoceros.dev/pool=shop"
std::string SelectorOf(const WorkerPool& pool);

}  // namespace monoceros::api
