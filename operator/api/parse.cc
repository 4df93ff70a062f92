// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/fields.h"
#include "api/worker_pool.h"

namespace monoceros::api {
namespace {

using kube::Json;
using Error = std::optional<base::Error>;

const Json& Member(const Json& object, const char* name) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

void ReadMetadata(const Json& metadata, WorkerPool& pool, Error& error) {
  Fields fields(metadata, "metadata", error);
  fields.Require("name", pool.key.name);
  fields.Require("namespace", pool.key.ns);
  fields.Read("uid", pool.uid);
  fields.Read("generation", pool.generation);
  pool.deleting = !Member(metadata, "deletionTimestamp").is_null();
}

void ReadAutoscaling(Fields& outer, WorkerPoolSpec& spec, Error& error) {
  Json object;
  outer.Read("autoscaling", Json::value_t::object, object);
  if (object.is_null()) return;
  Fields fields(object, "spec.autoscaling", error);
  Autoscaling autoscaling;
  int32_t percent = 60;
  fields.Read("minReplicas", autoscaling.min_replicas);
  fields.Read("maxReplicas", autoscaling.max_replicas);
  fields.Read("targetSaturationPercent", percent);
  autoscaling.target_saturation = percent / 100.0;
  spec.autoscaling = autoscaling;
}

void ReadSpec(const Json& object, WorkerPoolSpec& spec, Error& error) {
  Fields fields(object, "spec", error);
  fields.Require("image", spec.image);
  fields.Read("imagePullPolicy", spec.image_pull_policy);
  fields.Require("application", spec.application);
  fields.Read("asgiApplication", spec.asgi_application);
  fields.Read("workerClass", spec.worker_class);
  fields.Read("workers", spec.workers);
  fields.Read("threads", spec.threads);
  fields.Read("replicas", spec.replicas);
  fields.Read("resources", Json::value_t::object, spec.resources);
  fields.Read("env", Json::value_t::array, spec.env);
  fields.Read("port", spec.port);
  fields.Read("settings", spec.settings);
  fields.Read("drainDelaySeconds", spec.drain_delay_seconds);
  fields.Read("gracefulTimeoutSeconds", spec.graceful_timeout_seconds);
  fields.Read("paused", spec.paused);
  ReadAutoscaling(fields, spec, error);
}

}  // namespace

base::Result<WorkerPool> ParseWorkerPool(const kube::Object& object) {
  WorkerPool pool;
  Error error;
  ReadMetadata(Member(*object, "metadata"), pool, error);
  ReadSpec(Member(*object, "spec"), pool.spec, error);
  if (error) return tl::make_unexpected(*std::move(error));
  pool.object = object;
  return pool;
}

}  // namespace monoceros::api
