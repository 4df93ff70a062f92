// SPDX-License-Identifier: Apache-2.0
#include "kube/object.h"

#include <gtest/gtest.h>

namespace monoceros::kube {
namespace {

const Json& Pod() {
  static const Json kPod = Json::parse(R"({"metadata":{"namespace":"shop","name":"web-1","uid":"u",
    "resourceVersion":"7","labels":{"app.kubernetes.io/name":"x","til~de":"y","":"empty"}},
    "status":{"replicas":3,"ready":true,"conditions":[{"type":"Ready"}]}})");
  return kPod;
}

TEST(Object, names_itself) {
  EXPECT_EQ(KeyOf(Pod()), Key("shop", "web-1"));
  EXPECT_EQ(UidOf(Pod()), "u");
  EXPECT_EQ(ResourceVersionOf(Pod()), "7");
}

TEST(Object, has_empty_names_where_it_has_no_metadata) {
  EXPECT_EQ(KeyOf(Json::array()), Key());
  EXPECT_EQ(UidOf(Json()), "");
}

TEST(Object, gives_values_at_pointers) {
  EXPECT_EQ(NumberAt(Pod(), "/status/replicas"), 3);
  EXPECT_EQ(TextAt(Pod(), "/status/conditions/0/type"), "Ready");
  EXPECT_EQ(TextAt(Pod(), "/metadata/labels/app.kubernetes.io~1name"), "x");
  EXPECT_EQ(TextAt(Pod(), "/metadata/labels/til~0de"), "y");
  EXPECT_EQ(TextAt(Pod(), "/metadata/labels/"), "empty");
  EXPECT_EQ(&At(Pod(), ""), &Pod());
}

TEST(Object, gives_null_for_whatever_pointer_leads_nowhere) {
  for (const char* pointer :
       {"status", "/", "//", "/none", "/status/conditions/1", "/status/conditions/-",
        "/status/conditions/01x", "/status/conditions/99999999999999999999", "/status/replicas/0",
        "/metadata/labels/til~de/x", "/~", "/~2", "/status/", "x/y", "~",
        "/status/conditions/+0"}) {
    EXPECT_TRUE(At(Pod(), pointer).is_null()) << pointer;
  }
}

TEST(Object, gives_the_default_for_a_value_of_another_type) {
  EXPECT_EQ(TextAt(Pod(), "/status/replicas", "none"), "none");
  EXPECT_EQ(NumberAt(Pod(), "/metadata/uid", -1), -1);
  EXPECT_EQ(NumberAt(Pod(), "/status/ready", -1), -1);
}

TEST(Resource, knows_its_api_version) {
  EXPECT_EQ(kPods.ApiVersion(), "v1");
  EXPECT_EQ(kDeployments.ApiVersion(), "apps/v1");
}

}  // namespace
}  // namespace monoceros::kube
