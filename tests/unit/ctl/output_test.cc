// SPDX-License-Identifier: Apache-2.0
#include "ctl/output.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

control::v1::Status Example() {
  control::v1::Status status;
  status.set_state("ready: \"yes\"");
  status.set_workers_ready(2);
  status.add_workers()->set_slot(7);
  return status;
}

TEST(ShowMessage, json_has_the_names_of_the_protocol_and_leaves_nothing_out) {
  const auto json = nlohmann::json::parse(ShowMessage(Example(), Form::kJson));
  EXPECT_EQ(json.at("state"), "ready: \"yes\"");
  EXPECT_EQ(json.at("workers_ready"), 2);
  EXPECT_EQ(json.at("queued"), 0);
  EXPECT_EQ(json.at("workers").at(0).at("slot"), 7);
}

TEST(ShowMessage, yaml_has_the_same_structure) {
  const YAML::Node yaml = YAML::Load(ShowMessage(Example(), Form::kYaml));
  EXPECT_EQ(yaml["state"].as<std::string>(), "ready: \"yes\"");
  EXPECT_EQ(yaml["workers_ready"].as<int>(), 2);
  EXPECT_EQ(yaml["workers"][0]["slot"].as<int>(), 7);
  EXPECT_EQ(yaml["reasons"].size(), 0u);
}

TEST(ShowDocument, can_be_told_from_the_next) {
  const std::string json = ShowDocument(Example(), Form::kJson);
  EXPECT_EQ(json.find('\n'), json.size() - 1);
  EXPECT_TRUE(ShowDocument(Example(), Form::kYaml).starts_with("---\n"));
}

}  // namespace
}  // namespace monoceros::ctl
