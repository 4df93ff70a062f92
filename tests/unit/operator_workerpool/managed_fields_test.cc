// SPDX-License-Identifier: Apache-2.0
#include "workerpool/managed_fields.h"

#include <gtest/gtest.h>

namespace monoceros::workerpool {
namespace {

using kube::Json;

Json Entry(const char* manager, const char* operation, const char* subresource = "") {
  Json entry = {{"manager", manager}, {"operation", operation}, {"fieldsV1", Json::object()}};
  if (*subresource != 0) entry["subresource"] = subresource;
  return entry;
}

Json ObjectWith(const Json& entries) {
  return {{"metadata", {{"uid", "u"}, {"resourceVersion", "5"}, {"managedFields", entries}}}};
}

TEST(ManagedFields, of_the_creation_are_noted_as_applied) {
  const Json live = ObjectWith(
      {Entry("kubelet", "Update"), Entry("us", "Update", "status"), Entry("us", "Update")});
  const auto patch = FieldsTakenOver(live, "us");
  ASSERT_TRUE(patch);
  const Json& metadata = (*patch)["metadata"];
  EXPECT_EQ(metadata["resourceVersion"], "5");
  EXPECT_EQ(metadata["uid"], "u");
  EXPECT_EQ(metadata["managedFields"][0]["operation"], "Update");
  EXPECT_EQ(metadata["managedFields"][1]["operation"], "Update");
  EXPECT_EQ(metadata["managedFields"][2]["operation"], "Apply");
}

TEST(ManagedFields, noted_twice_are_noted_once) {
  const auto patch =
      FieldsTakenOver(ObjectWith({Entry("us", "Apply"), Entry("us", "Update")}), "us");
  ASSERT_TRUE(patch);
  EXPECT_EQ((*patch)["metadata"]["managedFields"].size(), 1);
}

TEST(ManagedFields, need_no_patch_when_all_were_applied) {
  EXPECT_FALSE(FieldsTakenOver(ObjectWith({Entry("us", "Apply")}), "us"));
  EXPECT_FALSE(FieldsTakenOver(Json::object(), "us"));
}

}  // namespace
}  // namespace monoceros::workerpool
