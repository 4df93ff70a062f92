// SPDX-License-Identifier: Apache-2.0
#include "workerpool/observed.h"

#include <fmt/format.h>

#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

const Json& ControllerOf(const Json& object) {
  static const Json kNone;
  for (const Json& owner : kube::At(object, "/metadata/ownerReferences")) {
    const Json& controller = kube::At(owner, "/controller");
    if (controller.is_boolean() && controller.get<bool>()) return owner;
  }
  return kNone;
}

std::string Member(const Json& texts, const char* name) {
  if (!texts.is_object()) return {};
  const auto found = texts.find(name);
  return found != texts.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string ControllerUid(const Json& object) { return kube::TextAt(ControllerOf(object), "/uid"); }

bool IsOwned(const Json& object, const api::WorkerPool& pool) {
  return !pool.uid.empty() && ControllerUid(object) == pool.uid;
}

std::string ConflictText(const Json& object, const api::WorkerPool& pool) {
  const Json& owner = ControllerOf(object);
  const std::string whose =
      owner.is_null() ? "no controller"
                      : fmt::format("the controller {} {} ({})", kube::TextAt(owner, "/kind"),
                                    kube::TextAt(owner, "/name"), kube::TextAt(owner, "/uid"));
  return fmt::format(
      "{} {} exists and is not this pool's (it has {}); it is left as it is: delete or rename it, "
      "or choose another name for the pool {}",
      kube::TextAt(object, "/kind", "An object"), kube::TextAt(object, "/metadata/name"), whose,
      pool.key.name);
}

std::string LabelOf(const Json& object, const char* name) {
  return Member(kube::At(object, "/metadata/labels"), name);
}

std::string AnnotationOf(const Json& object, const char* name) {
  return Member(kube::At(object, "/metadata/annotations"), name);
}

kube::Object LiveConfigOf(const Observed& observed, const std::string& hash) {
  const std::string name = LiveConfigName(observed.pool, hash);
  for (const kube::Object& config : observed.live_configs) {
    if (kube::KeyOf(*config).name == name) return config;
  }
  return {};
}

int32_t WantedReplicas(const Observed& observed) {
  const api::WorkerPoolSpec& spec = observed.pool.spec;
  if (spec.replicas) return *spec.replicas;
  if (observed.deployment && IsOwned(*observed.deployment, observed.pool)) {
    return static_cast<int32_t>(kube::NumberAt(*observed.deployment, "/spec/replicas", 1));
  }
  return spec.autoscaling ? spec.autoscaling->min_replicas : 1;
}

}  // namespace monoceros::workerpool
