// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace monoceros::manager {
namespace {

class OperatorOptionsTest : public testing::Test {
 protected:
  void SetUp() override { ::unsetenv("POD_NAMESPACE"); }
  void TearDown() override { ::unsetenv("POD_NAMESPACE"); }

  static std::string ErrorOf(std::vector<std::string> arguments) {
    const auto options = ReadOptions(std::move(arguments));
    return options ? "" : options.error().message;
  }
};

TEST_F(OperatorOptionsTest, have_defaults_for_a_pod) {
  const auto options = ReadOptions({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->metrics, (Bind{"", 8080}));
  EXPECT_EQ(options->probes, (Bind{"", 8081}));
  EXPECT_TRUE(options->leader_election);
  EXPECT_EQ(options->ns, "");
  EXPECT_EQ(options->concurrency, 4);
}

TEST_F(OperatorOptionsTest, read_every_flag) {
  const auto options = ReadOptions(
      {"--namespace", "web", "--kubeconfig", "/k", "--context", "c", "--concurrency", "2",
       "--leader-election-namespace", "sys", "--no-leader-election", "--metrics-bind",
       "127.0.0.1:1", "--probe-bind", "[::1]:2", "--log-level", "debug", "--log-json"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->ns, "web");
  EXPECT_EQ(options->kubeconfig, "/k");
  EXPECT_EQ(options->context, "c");
  EXPECT_EQ(options->concurrency, 2);
  EXPECT_EQ(options->leader_election_ns, "sys");
  EXPECT_FALSE(options->leader_election);
  EXPECT_EQ(options->metrics, (Bind{"127.0.0.1", 1}));
  EXPECT_EQ(options->probes, (Bind{"::1", 2}));
  EXPECT_EQ(options->log_level, base::LogLevel::kDebug);
  EXPECT_TRUE(options->log_json);
}

TEST_F(OperatorOptionsTest, take_the_leases_namespace_from_the_pod) {
  ::setenv("POD_NAMESPACE", "monoceros-system", 1);
  EXPECT_EQ(ReadOptions({})->leader_election_ns, "monoceros-system");
  EXPECT_EQ(ReadOptions({"--leader-election-namespace", "x"})->leader_election_ns, "x");
}

TEST_F(OperatorOptionsTest, say_what_is_wrong) {
  EXPECT_EQ(ErrorOf({"--metrics-bind", "8080"}),
            "--metrics-bind: '8080' has no port; write ADDRESS:PORT, for example :8080");
  EXPECT_EQ(ErrorOf({"--probe-bind", "::1:80"}),
            "--probe-bind: '::1:80': an IPv6 address is written in brackets, [::1]:8080");
  EXPECT_EQ(ErrorOf({"--metrics-bind", ":99999"}),
            "--metrics-bind: ':99999' has no port; write ADDRESS:PORT, for example :8080");
  EXPECT_EQ(ErrorOf({"--log-level", "loud"}),
            "--log-level: 'loud' is none of debug, info, warning, error, critical");
  EXPECT_NE(ErrorOf({"--frobnicate"}).find("--frobnicate"), std::string::npos);
  EXPECT_NE(ErrorOf({"--concurrency", "0"}).find("see monoceros-operator --help"),
            std::string::npos);
}

TEST_F(OperatorOptionsTest, have_help_and_a_version) {
  const std::string help = ReadOptions({"--help"})->text;
  for (const char* flag : {"--namespace", "--kubeconfig", "--no-leader-election", "--probe-bind"}) {
    EXPECT_NE(help.find(flag), std::string::npos) << flag;
  }
  EXPECT_TRUE(ReadOptions({"--version"})->text.starts_with("monoceros-operator "));
}

}  // namespace
}  // namespace monoceros::manager
