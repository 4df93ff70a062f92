// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "workerpool/picture.h"
#include "workerpool/plan.h"

namespace monoceros::workerpool {

// The spec of the pool "web/shop" of the tests: gthread, 2 workers of 4 threads, 2 pods.
kube::Json ShopSpec();
api::WorkerPool Pool(const kube::Json& spec);
api::WorkerPool Shop();

// The object as the API server keeps what was written: with a uid and a resourceVersion.
kube::Object Stored(kube::Json written, const std::string& uid = "child");

// A cluster after a plan: its writes, carried out on what was observed. Pods and ReplicaSets stay
// as they were.
Observed After(Observed observed, const Plan& plan);
// A pool without children, and one whose children are as wanted, with the live values of its spec.
Observed Fresh(const api::WorkerPool& pool);
Observed Settled(const api::WorkerPool& pool);
LiveRecord Initial(const api::WorkerPool& pool);

// A pod of the template, by what the kubelet says of it: Running, started, ready.
kube::Json PodOf(const std::string& name, const std::string& hash);
kube::Json& ServerOf(kube::Json& pod);  // its containerStatus
// What the agent of a pod said, that has this revision.
Look LookOf(uint64_t revision, double saturation = 0.2);

// A picture of a pool as wanted: all its pods run and have the live values (revision 1).
Picture Calm(const api::WorkerPool& pool);

}  // namespace monoceros::workerpool
