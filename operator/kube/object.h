// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace monoceros::kube {

// Objects of the API are kept as the JSON they came in: no field that we do not know is lost.
using Json = nlohmann::json;
// A state of an object as the API server sent it; never changed, shared by whoever reads it.
using Object = std::shared_ptr<const Json>;

// One kind of resource, as paths name it (Kubernetes API conventions). All of ours are namespaced.
struct Resource {
  std::string_view group;  // empty: the core group
  std::string_view version;
  std::string_view plural;  // "deployments"
  std::string_view kind;    // "Deployment"

  // "apps/v1", "v1"
  std::string ApiVersion() const;
  bool operator==(const Resource&) const = default;
};

inline constexpr Resource kWorkerPools{"monoceros.dev", "v1alpha1", "workerpools", "WorkerPool"};
inline constexpr Resource kDeployments{"apps", "v1", "deployments", "Deployment"};
inline constexpr Resource kReplicaSets{"apps", "v1", "replicasets", "ReplicaSet"};
inline constexpr Resource kPods{"", "v1", "pods", "Pod"};
inline constexpr Resource kServices{"", "v1", "services", "Service"};
inline constexpr Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr Resource kSecrets{"", "v1", "secrets", "Secret"};
inline constexpr Resource kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline constexpr Resource kEvents{"events.k8s.io", "v1", "events", "Event"};
inline constexpr Resource kPodDisruptionBudgets{"policy", "v1", "poddisruptionbudgets",
                                                "PodDisruptionBudget"};
inline constexpr Resource kHorizontalPodAutoscalers{"autoscaling", "v2", "horizontalpodautoscalers",
                                                    "HorizontalPodAutoscaler"};

// Names one object of a resource. Not an aggregate: g++ 12 destroys aggregates made in the argument
// list of an awaited call twice.
struct Key {
  Key() = default;
  Key(std::string ns_of, std::string name_of) : ns(std::move(ns_of)), name(std::move(name_of)) {}
  std::string ns;
  std::string name;
  auto operator<=>(const Key&) const = default;
};

// Of an object's metadata; empty texts where it has none.
Key KeyOf(const Json& object);
std::string UidOf(const Json& object);
std::string ResourceVersionOf(const Json& object);

// The value at a JSON pointer ("/status/replicas"), or null: never throws, whatever the peer sent.
const Json& At(const Json& object, std::string_view pointer);
// The same as text or number; the default when it is absent or of another type.
std::string TextAt(const Json& object, std::string_view pointer, std::string otherwise = "");
int64_t NumberAt(const Json& object, std::string_view pointer, int64_t otherwise = 0);

}  // namespace monoceros::kube
