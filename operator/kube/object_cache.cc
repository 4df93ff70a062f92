// SPDX-License-Identifier: Apache-2.0
#include "kube/object_cache.h"

#include <set>
#include <utility>

namespace monoceros::kube {

bool IsOlder(const std::string& version, const std::string& than) {
  if (version.size() != than.size()) return version.size() < than.size();
  return version < than;
}

std::vector<ObjectCache::Change> ObjectCache::Replace(const ObjectList& list) {
  // The store was put back to an older state: nothing that is known can be compared with it.
  const bool went_back = IsOlder(list.resource_version, version_);
  std::map<Key, Object> old = went_back ? std::exchange(objects_, {}) : std::map<Key, Object>();
  std::vector<Change> changes = DropMissing(list);
  for (const Object& object : list.items) {
    std::optional<Change> change = Put(object);
    if (!change) continue;
    const auto known = old.extract(KeyOf(*object));
    if (!known.empty()) change->before = known.mapped();
    changes.push_back(std::move(*change));
  }
  for (const auto& [key, object] : old) changes.push_back({object, nullptr});
  version_ = list.resource_version;
  return changes;
}

std::optional<ObjectCache::Change> ObjectCache::Take(const WatchEvent& event) {
  const std::string version = ResourceVersionOf(*event.object);
  if (IsOlder(version_, version)) version_ = version;
  if (event.type == WatchEvent::Type::kBookmark) return std::nullopt;
  if (event.type != WatchEvent::Type::kDeleted) return Put(event.object);
  const auto known = objects_.find(KeyOf(*event.object));
  if (known == objects_.end() || IsOlder(version, ResourceVersionOf(*known->second))) {
    return std::nullopt;
  }
  Change change{std::move(known->second), nullptr};
  objects_.erase(known);
  return change;
}

void ObjectCache::Learn(const Object& object) {
  // What is not there although the watch is past it has been deleted since.
  const bool known = objects_.contains(KeyOf(*object));
  if (known || IsOlder(version_, ResourceVersionOf(*object))) Put(object);
}

Object ObjectCache::Get(const Key& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

std::vector<Object> ObjectCache::List(const std::string& ns) const {
  std::vector<Object> found;
  for (auto it = objects_.lower_bound({ns, ""}); it != objects_.end(); ++it) {
    if (!ns.empty() && it->first.ns != ns) break;
    found.push_back(it->second);
  }
  return found;
}

std::optional<ObjectCache::Change> ObjectCache::Put(const Object& object) {
  Object& state = objects_[KeyOf(*object)];
  const bool newer =
      state == nullptr || IsOlder(ResourceVersionOf(*state), ResourceVersionOf(*object));
  if (!newer) return std::nullopt;
  return Change{std::exchange(state, object), object};
}

std::vector<ObjectCache::Change> ObjectCache::DropMissing(const ObjectList& list) {
  std::set<Key> listed;
  for (const Object& object : list.items) listed.insert(KeyOf(*object));
  std::vector<Change> changes;
  for (auto it = objects_.begin(); it != objects_.end();) {
    const bool younger = IsOlder(list.resource_version, ResourceVersionOf(*it->second));
    if (younger || listed.contains(it->first)) {
      ++it;
      continue;
    }
    changes.push_back({std::move(it->second), nullptr});
    it = objects_.erase(it);
  }
  return changes;
}

}  // namespace monoceros::kube
