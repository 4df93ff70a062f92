// SPDX-License-Identifier: Apache-2.0
#include "kube/object_cache.h"

#include <gtest/gtest.h>

#include "scripted_server.h"

namespace monoceros::kube {
namespace {

using Type = WatchEvent::Type;

Object State(const std::string& name, const std::string& version) {
  return std::make_shared<const Json>(ConfigMap(name, version));
}

ObjectList States(std::vector<Object> items, std::string version) {
  return {std::move(items), std::move(version)};
}

std::string VersionOf(const ObjectCache& cache, const std::string& name) {
  const Object object = cache.Get({"shop", name});
  return object == nullptr ? "none" : ResourceVersionOf(*object);
}

TEST(ObjectCache, compares_versions_as_numbers_of_any_length) {
  EXPECT_TRUE(IsOlder("9", "10"));
  EXPECT_TRUE(IsOlder("99999999999999999999", "100000000000000000000"));
  EXPECT_FALSE(IsOlder("10", "10"));
  EXPECT_TRUE(IsOlder("", "1"));
}

TEST(ObjectCache, tells_what_a_list_changed) {
  ObjectCache cache;
  EXPECT_EQ(cache.Replace(States({State("a", "1"), State("b", "2")}, "5")).size(), 2u);
  EXPECT_EQ(cache.Replace(States({State("a", "1"), State("b", "2")}, "6")).size(), 0u);
  const auto changes = cache.Replace(States({State("b", "7")}, "8"));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].after, nullptr);
  EXPECT_EQ(ResourceVersionOf(*changes[1].before), "2");
  EXPECT_EQ(VersionOf(cache, "a"), "none");
  EXPECT_EQ(cache.version(), "8");
}

TEST(ObjectCache, follows_events) {
  ObjectCache cache;
  EXPECT_TRUE(cache.Take({Type::kAdded, State("a", "1")}));
  EXPECT_TRUE(cache.Take({Type::kModified, State("a", "3")}));
  EXPECT_FALSE(cache.Take({Type::kModified, State("a", "2")}));
  EXPECT_EQ(VersionOf(cache, "a"), "3");
  const auto gone = cache.Take({Type::kDeleted, State("a", "4")});
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->after, nullptr);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.version(), "4");
}

TEST(ObjectCache, a_bookmark_moves_only_the_version) {
  ObjectCache cache;
  EXPECT_FALSE(cache.Take({Type::kBookmark, State("", "9")}));
  EXPECT_EQ(cache.version(), "9");
  EXPECT_EQ(cache.size(), 0u);
}

TEST(ObjectCache, learns_what_the_watch_has_yet_to_say) {
  ObjectCache cache;
  cache.Take({Type::kAdded, State("a", "1")});
  cache.Learn(State("a", "5"));
  EXPECT_EQ(VersionOf(cache, "a"), "5");
  EXPECT_FALSE(cache.Take({Type::kModified, State("a", "4")}));
  EXPECT_FALSE(cache.Take({Type::kModified, State("a", "5")})) << "known already";
  EXPECT_TRUE(cache.Take({Type::kModified, State("a", "6")}));
}

TEST(ObjectCache, does_not_learn_what_is_older_or_gone) {
  ObjectCache cache;
  cache.Take({Type::kAdded, State("a", "5")});
  cache.Learn(State("a", "4"));
  EXPECT_EQ(VersionOf(cache, "a"), "5");
  cache.Take({Type::kDeleted, State("a", "6")});
  cache.Learn(State("a", "5"));
  EXPECT_EQ(VersionOf(cache, "a"), "none");
}

TEST(ObjectCache, a_list_does_not_take_what_was_learned_after_it_was_made) {
  ObjectCache cache;
  cache.Replace(States({}, "10"));
  cache.Learn(State("new", "12"));
  cache.Replace(States({}, "11"));
  EXPECT_EQ(VersionOf(cache, "new"), "12");
  EXPECT_EQ(cache.Replace(States({}, "13")).size(), 1u);
}

TEST(ObjectCache, a_deletion_older_than_the_state_is_that_of_a_predecessor) {
  ObjectCache cache;
  cache.Take({Type::kAdded, State("a", "5")});
  cache.Learn(State("a", "8"));
  EXPECT_FALSE(cache.Take({Type::kDeleted, State("a", "7")}));
  EXPECT_EQ(VersionOf(cache, "a"), "8");
}

TEST(ObjectCache, a_store_that_went_back_in_time_is_believed) {
  ObjectCache cache;
  cache.Replace(States({State("a", "90"), State("b", "91")}, "100"));
  const auto changes = cache.Replace(States({State("a", "20")}, "30"));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(ResourceVersionOf(*changes[0].before), "90");
  EXPECT_EQ(changes[1].after, nullptr);
  EXPECT_EQ(VersionOf(cache, "a"), "20");
  EXPECT_EQ(VersionOf(cache, "b"), "none");
  EXPECT_EQ(cache.version(), "30");
}

TEST(ObjectCache, lists_a_namespace_by_name) {
  ObjectCache cache;
  cache.Replace(States({State("b", "1"), State("a", "2")}, "5"));
  ASSERT_EQ(cache.List("shop").size(), 2u);
  EXPECT_EQ(KeyOf(*cache.List("shop")[0]).name, "a");
  EXPECT_TRUE(cache.List("sho").empty());
  EXPECT_TRUE(cache.List("shoq").empty());
  EXPECT_EQ(cache.List("").size(), 2u);
}

}  // namespace
}  // namespace monoceros::kube
