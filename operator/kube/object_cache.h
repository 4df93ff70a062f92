// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/client.h"

namespace monoceros::kube {

// Whether the first resourceVersion is the older one (KEP-5504: decimal numbers of any length,
// comparable within a resource). An empty one is older than any other.
bool IsOlder(const std::string& version, const std::string& than);

// The pure part of Informer: the last known states of one resource's objects, and how far they are
// known. States that came out of order (own writes overtake the watch) never replace newer ones.
class ObjectCache {
 public:
  struct Change {
    Object before;
    Object after;
  };

  // A whole list: what it lacks is gone, unless it is younger than the list.
  std::vector<Change> Replace(const ObjectList& list);
  std::optional<Change> Take(const WatchEvent& event);
  // An own write's answer; ignored when the cache is past that.
  void Learn(const Object& object);

  Object Get(const Key& key) const;
  // By name; an empty namespace means all.
  std::vector<Object> List(const std::string& ns) const;
  size_t size() const { return objects_.size(); }
  // Everything up to here is in the cache; where a watch goes on.
  const std::string& version() const { return version_; }

 private:
  std::optional<Change> Put(const Object& object);
  std::vector<Change> DropMissing(const ObjectList& list);

  std::map<Key, Object> objects_;
  std::string version_;
};

}  // namespace monoceros::kube
