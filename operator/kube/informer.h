// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kube/backoff.h"
#include "kube/client.h"
#include "kube/object_cache.h"

namespace monoceros::kube {

// A cache of one resource, kept by list and watch: lists, watches from there, lists again after
// 410, waits 0.8 s doubling to 30 s (jittered, reset after two good minutes) after errors. A watch
// is ended after a random 5 to 10 minutes and begun again where it stopped. Level-triggered: a
// handler is told that something changed, never what.
class Informer {
 public:
  // Called with the object's states before and after; one of them is null when it came or went.
  // A repeated list that finds nothing new calls nothing.
  using Handler = std::function<void(const Object& before, const Object& after)>;

  // `ns` empty: all namespaces.
  Informer(Client& client, Resource resource, std::string ns, std::string label_selector);

  void OnChange(Handler handler);
  // Runs until its coroutine is cancelled (asio::cancellation); errors are logged, once per change.
  Awaitable<void> Run();

  // Whether the first list is in the cache.
  bool synced() const { return synced_; }
  // The last error while the cache is cut off; empty when it follows.
  const std::string& trouble() const { return trouble_; }

  // Null when the cache has none.
  Object Get(const Key& key) const;
  // All of a namespace, by name.
  std::vector<Object> List(const std::string& ns) const;
  // Puts the answer to an own write into the cache, so that the next pass sees it; ignored when
  // the cache has a newer state (resourceVersions are comparable: KEP-5504).
  void Learn(const Object& object);
  size_t size() const { return cache_.size(); }

 private:
  Awaitable<Result<void>> Relist();
  Awaitable<Result<void>> Follow();
  Awaitable<void> Pause();
  void Tell(const ObjectCache::Change& change) const;
  void Trouble(const Error& error);
  void Mend();
  double Chance();

  Client& client_;
  Resource resource_;
  std::string ns_;
  std::string label_selector_;
  std::vector<Handler> handlers_;
  ObjectCache cache_;
  Backoff backoff_;
  std::mt19937 random_;
  bool synced_ = false;
  std::string trouble_;
};

}  // namespace monoceros::kube
