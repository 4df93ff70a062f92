// SPDX-License-Identifier: Apache-2.0
// The schema and the code name some things twice: here they are compared.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "config/settings_table.h"
#include "config/worker_class.h"
#include "kube/object.h"
#include "pools.h"
#include "workerpool/builders/builders.h"
#include "yaml_text.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

const Json& Definition() {
  static const Json kDefinition = ReadYamlFile(DEPLOY_DIR "/crds/workerpools.monoceros.dev.yaml");
  return kDefinition;
}

const Json& Version() { return Definition()["spec"]["versions"][0]; }

const Json& SpecField(const std::string& name) {
  return Version()["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"][name];
}

std::string RulesOf(const Json& schema) { return schema["x-kubernetes-validations"].dump(); }

TEST(Definition, is_of_the_kind_that_the_operator_follows) {
  EXPECT_EQ(Definition()["spec"]["group"], kube::kWorkerPools.group);
  EXPECT_EQ(Version()["name"], kube::kWorkerPools.version);
  EXPECT_EQ(Definition()["spec"]["names"]["plural"], kube::kWorkerPools.plural);
  EXPECT_EQ(Definition()["spec"]["names"]["kind"], kube::kWorkerPools.kind);
}

TEST(Definition, has_the_defaults_of_the_type) {
  const api::WorkerPoolSpec spec;
  const api::Autoscaling autoscaling;
  const Json& bounds = SpecField("autoscaling")["properties"];
  EXPECT_EQ(SpecField("port")["default"], spec.port);
  EXPECT_EQ(SpecField("drainDelaySeconds")["default"], spec.drain_delay_seconds);
  EXPECT_EQ(SpecField("gracefulTimeoutSeconds")["default"], spec.graceful_timeout_seconds);
  EXPECT_EQ(SpecField("paused")["default"], spec.paused);
  EXPECT_EQ(bounds["minReplicas"]["default"], autoscaling.min_replicas);
  EXPECT_DOUBLE_EQ(bounds["targetSaturationPercent"]["default"].get<double>() / 100,
                   autoscaling.target_saturation);
  EXPECT_FALSE(SpecField("replicas").contains("default"));
}

TEST(Definition, offers_the_worker_classes_that_the_server_has) {
  for (const std::string name : SpecField("workerClass")["enum"]) {
    EXPECT_EQ(config::ResolveWorkerClass(name), name);
  }
}

TEST(Definition, allows_no_more_workers_and_threads_than_the_server) {
  const auto& workers = std::get<config::WorkersValue>(config::FindSetting("workers")->value);
  const auto& threads = std::get<config::IntegerValue>(config::FindSetting("threads")->value);
  EXPECT_LE(SpecField("workers")["maximum"], workers.greatest);
  EXPECT_LE(SpecField("threads")["maximum"], threads.greatest);
  EXPECT_EQ(SpecField("threads")["minimum"], threads.least);
}

TEST(Definition, keeps_the_port_away_from_those_of_the_pod) {
  const std::string rules = RulesOf(SpecField("port"));
  for (const uint16_t port : {api::kHealthPort, api::kMetricsPort, api::kControlPort}) {
    EXPECT_NE(rules.find(std::to_string(port)), std::string::npos) << port;
  }
}

// A flag wins over its variable: a variable that the pool's flags would hide is refused.
TEST(Definition, refuses_the_variables_of_all_that_the_operator_sets_by_a_flag) {
  const Json containers = BuildDeployment(FullPool(), 1)["spec"]["template"]["spec"]["containers"];
  const std::string rules = RulesOf(SpecField("env")["items"]);
  size_t flags = 0;
  for (const std::string argument : containers[0]["args"]) {
    if (!argument.starts_with("--")) continue;
    ++flags;
    std::string variable = "'MONOCEROS_";
    const std::string name = argument.substr(argument.starts_with("--no-") ? 5 : 2);
    for (const char c : name) variable += c == '-' ? '_' : static_cast<char>(std::toupper(c));
    EXPECT_NE(rules.find(variable + "'"), std::string::npos) << argument;
  }
  EXPECT_EQ(flags, 8U);
}

TEST(Definition, knows_every_field_of_the_pool_with_every_field) {
  const Json manifest = StoredManifest(GOLDEN_DIR "/full_pool.yaml");
  const Json& schema = Version()["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
  for (const auto& [name, value] : manifest["spec"].items()) {
    EXPECT_TRUE(schema.contains(name)) << name;
  }
  for (const auto& [name, value] : schema.items()) {
    EXPECT_TRUE(manifest["spec"].contains(name)) << name << " is missing in full_pool.yaml";
  }
}

}  // namespace
}  // namespace monoceros::workerpool
