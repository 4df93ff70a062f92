// SPDX-License-Identifier: Apache-2.0
#include "config/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.h"

namespace monoceros::config {
namespace {

using testing::HasSubstr;
using EnvironmentTest = LoadTest;

TEST_F(EnvironmentTest, every_setting_has_a_variable) {
  environment_.variables = {{"MONOCEROS_WORKERS", "4"},
                            {"MONOCEROS_BIND", ":80, unix:/x"},
                            {"MONOCEROS_LOG_JSON", "yes"}};
  const Settings settings = Read({});
  EXPECT_EQ(settings.workers, 4);
  EXPECT_EQ(settings.bind, (std::vector<std::string>{"0.0.0.0:80", "unix:/x"}));
  EXPECT_TRUE(settings.log_json);
}

TEST_F(EnvironmentTest, variables_that_other_servers_read_count_too) {
  environment_.variables = {{"WEB_CONCURRENCY", "5"}, {"PORT", "5000"}, {"SENDFILE", "no"}};
  const Settings settings = Read({});
  EXPECT_EQ(settings.workers, 5);
  EXPECT_EQ(settings.bind, std::vector<std::string>{"0.0.0.0:5000"});
  EXPECT_FALSE(settings.sendfile);
}

TEST_F(EnvironmentTest, our_own_variable_wins_over_a_shared_one) {
  environment_.variables = {{"WEB_CONCURRENCY", "5"}, {"MONOCEROS_WORKERS", "6"}};
  EXPECT_EQ(Read({}).workers, 6);
}

TEST_F(EnvironmentTest, an_empty_variable_is_an_unset_one) {
  environment_.variables = {{"WEB_CONCURRENCY", ""}, {"MONOCEROS_WORKERS", ""}};
  EXPECT_EQ(Read({}).workers, 1);
}

TEST_F(EnvironmentTest, errors_name_the_variable) {
  environment_.variables = {{"WEB_CONCURRENCY", "many"}};
  EXPECT_EQ(Error({}),
            "workers: \"many\" (environment variable WEB_CONCURRENCY) is not allowed: an integer "
            "from 0 to 4096, or auto");
  environment_.variables = {{"PORT", "http"}};
  EXPECT_THAT(Error({}), HasSubstr("(environment variable PORT)"));
}

TEST_F(EnvironmentTest, refuses_unknown_variables_of_ours) {
  environment_.variables = {{"MONOCEROS_WOKERS", "4"}};
  EXPECT_EQ(Error({}),
            "environment variable MONOCEROS_WOKERS: there is no setting wokers. Did you mean "
            "workers?");
  environment_.variables = {{"MONOCEROS_CERTFILE", "x"}};
  EXPECT_THAT(Error({}), HasSubstr("setting certfile is known but not supported"));
  environment_.variables = {{"MONOCEROS_workers", "4"}};
  EXPECT_THAT(Error({}), HasSubstr("MONOCEROS_workers"));
}

TEST_F(EnvironmentTest, leaves_variables_of_kubernetes_services_alone) {
  environment_.variables = {
      {"MONOCEROS_SERVICE_HOST", "10.0.0.1"},         {"MONOCEROS_SERVICE_PORT", "80"},
      {"MONOCEROS_SERVICE_PORT_HTTP", "80"},          {"MONOCEROS_PORT", "tcp://10.0.0.1:80"},
      {"MONOCEROS_PORT_80_TCP", "tcp://10.0.0.1:80"}, {"MONOCEROS_PORT_80_TCP_ADDR", "10.0.0.1"},
      {"MONOCEROS_OPERATOR_SERVICE_HOST", "10.0.0.2"}};
  EXPECT_EQ(Error({}), "no error");
}

TEST_F(EnvironmentTest, the_processs_own_is_complete) {
  ::setenv("MONOCEROS_TEST_VARIABLE", "a=b", 1);
  const Environment own = Environment::OfThisProcess();
  ::unsetenv("MONOCEROS_TEST_VARIABLE");
  EXPECT_EQ(own.Get("MONOCEROS_TEST_VARIABLE"), "a=b");
  EXPECT_GE(own.affinity_cpus, 1);
}

}  // namespace
}  // namespace monoceros::config
