// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/worker_pool.h"
#include "kube/object.h"

namespace monoceros::workerpool {

// What a pass knows of one pool, from the caches. Null: there is none. A child of the right name
// and label may still be somebody else's: see IsOwned.
struct Observed {
  api::WorkerPool pool;
  kube::Object deployment;
  kube::Object service;
  kube::Object disruption_budget;
  kube::Object autoscaler;
  kube::Object authority;                  // the ConfigMap of the control authority
  std::vector<kube::Object> live_configs;  // of all templates, owned by the pool or not
  std::vector<kube::Object> replica_sets;  // of the Deployment
  std::vector<kube::Object> pods;          // of these
  std::string bundle;                      // what the authority is to say
};

// The controller of an object (its ownerReference); empty: it has none.
std::string ControllerUid(const kube::Json& object);
// Whether the pool is the object's controller.
bool IsOwned(const kube::Json& object, const api::WorkerPool& pool);
// A sentence about an object that has the name of a child and is not the pool's.
std::string ConflictText(const kube::Json& object, const api::WorkerPool& pool);

// The value of a label or annotation; empty: none. Their names have slashes, which JSON pointers
// take for their own.
std::string LabelOf(const kube::Json& object, const char* name);
std::string AnnotationOf(const kube::Json& object, const char* name);

// The live ConfigMap of a template, or null.
kube::Object LiveConfigOf(const Observed& observed, const std::string& hash);
// How many pods are wanted: what the pool says; where it says nothing what its Deployment has, else
// the least that autoscaling allows, else 1.
int32_t WantedReplicas(const Observed& observed);

}  // namespace monoceros::workerpool
