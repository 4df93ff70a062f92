// SPDX-License-Identifier: Apache-2.0
#include "agents/identity_secret.h"

#include <gtest/gtest.h>

namespace monoceros::agents {
namespace {

TEST(IdentitySecret, what_is_written_is_read) {
  const StoredAuthority authority{{"certificate\n", "key"}, "the one before"};
  const kube::Json secret = SecretOf(authority, "monoceros-system", "17");
  EXPECT_EQ(secret["metadata"]["name"], "monoceros-operator-ca");
  EXPECT_EQ(secret["metadata"]["namespace"], "monoceros-system");
  EXPECT_EQ(secret["metadata"]["resourceVersion"], "17");
  EXPECT_EQ(secret["type"], "kubernetes.io/tls");
  const auto read = ParseSecret(secret);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->current, authority.current);
  EXPECT_EQ(read->previous, authority.previous);
}

TEST(IdentitySecret, without_a_predecessor_or_a_version_there_is_none) {
  const kube::Json secret = SecretOf({{"a", "b"}, ""}, "ns", "");
  EXPECT_FALSE(secret["data"].contains("previous.crt"));
  EXPECT_FALSE(secret["metadata"].contains("resourceVersion"));
  EXPECT_EQ(ParseSecret(secret)->previous, "");
}

TEST(IdentitySecret, what_is_missing_is_named) {
  kube::Json secret = SecretOf({{"a", "b"}, ""}, "ns", "");
  secret["data"].erase("tls.key");
  EXPECT_EQ(ParseSecret(secret).error().message, "tls.key is missing");
  secret["data"]["tls.crt"] = "%%%";
  EXPECT_EQ(ParseSecret(secret).error().message, "tls.crt is missing");
  EXPECT_FALSE(ParseSecret(kube::Json("nonsense")));
}

}  // namespace
}  // namespace monoceros::agents
