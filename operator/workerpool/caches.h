// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "kube/informer.h"
#include "runtime/task_group.h"
#include "workerpool/observed.h"

namespace monoceros::workerpool {

// Informers of WorkerPools, and of the kinds of their children and pods by the label
// monoceros.dev/pool.
class Caches {
 public:
  // `changed` is told the pool of every object that came, changed or went.
  Caches(kube::Client& client, const std::string& ns,
         const std::function<void(kube::Key)>& changed);

  // One coroutine for each informer.
  void Follow(runtime::TaskGroup& tasks);
  // What is missing, a reason a line; empty: nothing.
  std::string NotReady() const;

  // Null: there is none.
  kube::Object Pool(const kube::Key& key) const { return pools_.Get(key); }
  Observed Gather(const api::WorkerPool& pool, const std::string& bundle) const;

  // The answer to an own write, so that the next look sees it.
  void Learn(const kube::Resource& resource, const kube::Object& object);

 private:
  struct Followed {
    kube::Resource resource;
    kube::Informer* informer;
  };
  std::vector<Followed> All();

  kube::Informer pools_;
  kube::Informer deployments_;
  kube::Informer services_;
  kube::Informer disruption_budgets_;
  kube::Informer autoscalers_;
  kube::Informer config_maps_;
  kube::Informer replica_sets_;
  kube::Informer pods_;
  std::vector<Followed> all_;
};

}  // namespace monoceros::workerpool
