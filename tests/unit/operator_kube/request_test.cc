// SPDX-License-Identifier: Apache-2.0
#include "kube/request.h"

#include <gtest/gtest.h>

namespace monoceros::kube {
namespace {

TEST(Request, paths_name_group_version_namespace_and_object) {
  EXPECT_EQ(ResourcePath(kPods, {"shop", "web"}, ""), "/api/v1/namespaces/shop/pods/web");
  EXPECT_EQ(ResourcePath(kDeployments, {"shop", "web"}, "status"),
            "/apis/apps/v1/namespaces/shop/deployments/web/status");
  EXPECT_EQ(ResourcePath(kWorkerPools, {"shop", ""}, ""),
            "/apis/monoceros.dev/v1alpha1/namespaces/shop/workerpools");
  EXPECT_EQ(ResourcePath(kPods, {}, ""), "/api/v1/pods");
}

TEST(Request, a_name_cannot_leave_its_place_in_the_path) {
  EXPECT_EQ(ResourcePath(kPods, {"a/b", "../x?y#z"}, ""),
            "/api/v1/namespaces/a%2Fb/pods/..%2Fx%3Fy%23z");
}

TEST(Request, queries_are_percent_encoded_and_leave_out_what_is_empty) {
  EXPECT_EQ(WithQuery("/p", {{"a", "k in (x,y)"}, {"b", ""}, {"c", "\xC3\xA4+&="}}),
            "/p?a=k%20in%20%28x%2Cy%29&c=%C3%A4%2B%26%3D");
  EXPECT_EQ(WithQuery("/p", {{"a", ""}}), "/p");
}

TEST(Request, text_that_is_no_utf8_does_not_throw) {
  EXPECT_EQ(Serialized(Json("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
}

}  // namespace
}  // namespace monoceros::kube
