// SPDX-License-Identifier: Apache-2.0
#include "kube/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "kube/api_server_url.h"
#include "kube/base64.h"
#include "temporary_folder.h"

namespace monoceros::kube {
namespace {

using testing::HasSubstr;

constexpr const char* kTop = R"(
current-context: dev
contexts:
- {name: dev, context: {cluster: c, user: u, namespace: shop}}
- {name: other, context: {cluster: lost, user: u}}
)";

class KubeconfigTest : public testing::Test {
 protected:
  base::Result<Access> Read(const std::string& cluster, const std::string& user,
                            const std::string& context = "") {
    const std::string text = std::string(kTop) + "clusters:\n- {name: c, cluster: " + cluster +
                             "}\nusers:\n- {name: u, user: " + user + "}\n";
    return KubeconfigAccess(folder_.Write("config", text), context);
  }
  void ExpectRefused(const base::Result<Access>& access, const std::string& why) {
    ASSERT_FALSE(access.has_value());
    EXPECT_THAT(access.error().message, HasSubstr(folder_.path() + "/config"));
    EXPECT_THAT(access.error().message, HasSubstr(why));
  }

  TemporaryFolder folder_;
};

TEST_F(KubeconfigTest, gives_the_current_contexts_cluster_and_user) {
  const auto access = Read(
      "{server: 'https://api.example.org:6443', certificate-authority-data: Q0E=, "
      "tls-server-name: kubernetes}",
      "{token: t}");
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->host, "api.example.org");
  EXPECT_EQ(access->port, "6443");
  EXPECT_EQ(access->server_name, "kubernetes");
  EXPECT_EQ(access->ca_pem, "CA");
  EXPECT_EQ(access->token, "t");
  EXPECT_EQ(access->default_namespace, "shop");
  EXPECT_FALSE(access->plain);
  EXPECT_FALSE(access->insecure);
}

TEST_F(KubeconfigTest, files_are_relative_to_its_own_folder) {
  folder_.Write("client.crt", "CERT");
  folder_.Write("client.key", "KEY");
  const auto access = Read("{server: 'https://[fd00::1]', certificate-authority: pki/ca.crt}",
                           "{client-certificate: client.crt, client-key: client.key}");
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->host, "fd00::1");
  EXPECT_EQ(access->port, "443");
  EXPECT_EQ(access->ca_file, folder_.path() + "/pki/ca.crt");
  EXPECT_EQ(access->certificate_pem, "CERT");
  EXPECT_EQ(access->key_pem, "KEY");
}

TEST_F(KubeconfigTest, refuses_users_that_need_a_program) {
  ExpectRefused(Read("{server: 'https://x'}", "{exec: {command: aws}}"), "'exec'");
  ExpectRefused(Read("{server: 'https://x'}", "{auth-provider: {name: gcp}}"), "'auth-provider'");
}

TEST_F(KubeconfigTest, says_what_is_missing) {
  ExpectRefused(Read("{server: 'https://x'}", "{token: t}", "none"), "no context named 'none'");
  ExpectRefused(Read("{server: 'https://x'}", "{token: t}", "other"), "no cluster named 'lost'");
  ExpectRefused(Read("{}", "{token: t}"), "server");
  ExpectRefused(Read("{server: 'https://x', proxy-url: 'http://p'}", "{token: t}"), "proxy-url");
  ExpectRefused(Read("{server: 'https://x', certificate-authority-data: '?'}", "{token: t}"),
                "not base64");
  ExpectRefused(Read("{server: 'https://x'}", "{client-certificate-data: Q0E=}"), "client-key");
  ExpectRefused(Read("{server: 'https://x'}", "{client-key: lost.key}"), "lost.key");
}

TEST_F(KubeconfigTest, does_not_throw_for_any_document) {
  for (const char* text :
       {"", "a: [", "[]", "text", "contexts: 5", "current-context: {a: b}",
        "current-context: d\ncontexts: [5]", "current-context: d\ncontexts: [{}]",
        "current-context: d\ncontexts: [{name: [x]}]",
        "current-context: d\ncontexts: [{name: d, context: 5}]"}) {
    ExpectRefused(KubeconfigAccess(folder_.Write("config", text), ""), "");
  }
  ExpectRefused(KubeconfigAccess(folder_.path() + "/config/none", ""), "cannot be read");
}

TEST(ApiServerUrl, takes_urls_apart) {
  const auto url = ParseApiServerUrl("https://[::1]:6443/k8s/clusters/c1/");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, "6443");
  EXPECT_EQ(url->base_path, "/k8s/clusters/c1");
  EXPECT_TRUE(ParseApiServerUrl("http://127.0.0.1:8001")->plain);
}

TEST(ApiServerUrl, refuses_what_is_none) {
  for (const char* url : {"", "x", "ftp://x", "https://", "https://:1", "https://x:", "https://x:y",
                          "https://[::1", "https://[::1]x", "https://x:123456", "http://x"}) {
    EXPECT_FALSE(ParseApiServerUrl(url).has_value()) << url;
  }
}

TEST(Base64, decodes_with_and_without_padding) {
  EXPECT_EQ(Base64Decoded("YWJj"), "abc");
  EXPECT_EQ(Base64Decoded("YWI="), "ab");
  EXPECT_EQ(Base64Decoded("YQ==\n"), "a");
  EXPECT_EQ(Base64Decoded(""), "");
  EXPECT_EQ(Base64Decoded("YQ="), std::nullopt);
  EXPECT_EQ(Base64Decoded("===="), std::nullopt);
  EXPECT_EQ(Base64Decoded("????"), std::nullopt);
}

class InClusterTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("KUBERNETES_SERVICE_HOST", "fd00::a", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  }
  void TearDown() override {
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
  }
  TemporaryFolder folder_;
};

TEST_F(InClusterTest, takes_the_service_accounts_files) {
  folder_.Write("token", "t");
  folder_.Write("ca.crt", "CA");
  folder_.Write("namespace", "shop");
  const auto access = InClusterAccess(folder_.path());
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->host, "fd00::a");
  EXPECT_EQ(access->port, "443");
  EXPECT_EQ(access->token_file, folder_.path() + "/token");
  EXPECT_EQ(access->ca_file, folder_.path() + "/ca.crt");
  EXPECT_EQ(access->default_namespace, "shop");
}

TEST_F(InClusterTest, names_the_file_that_is_missing) {
  folder_.Write("token", "t");
  const auto access = InClusterAccess(folder_.path());
  ASSERT_FALSE(access.has_value());
  EXPECT_THAT(access.error().message, HasSubstr(folder_.path() + "/ca.crt"));
}

TEST_F(InClusterTest, names_the_variable_that_is_missing) {
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  const auto access = InClusterAccess(folder_.path());
  ASSERT_FALSE(access.has_value());
  EXPECT_THAT(access.error().message, HasSubstr("KUBERNETES_SERVICE_HOST"));
}

}  // namespace
}  // namespace monoceros::kube
