// SPDX-License-Identifier: Apache-2.0
#include "agent/order_messages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/result_messages.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

namespace v1 = control::v1;
using nlohmann::json;

TEST(ToOrder, sends_only_what_the_request_changes) {
  v1::ApplyRequest request;
  request.set_workers(0);
  request.set_override_for("an incident");
  const auto order = ToOrder(request);
  ASSERT_TRUE(order);
  EXPECT_EQ(*order, json({{"op", "apply"},
                          {"workers", 0},
                          {"live_revision", 0},
                          {"override_for", "an incident"}}));
}

TEST(ToOrder, sends_all_of_a_full_request) {
  v1::ApplyRequest request;
  ASSERT_TRUE(ParseJson(R"({"workers":3,"threads":4,"worker_class":"gthread","live_revision":"9",
                            "settings":{"timeout":"5"},"dry_run":true,"converge_within":"1.5s"})",
                        request));
  const auto order = ToOrder(request);
  ASSERT_TRUE(order);
  EXPECT_EQ(*order, json({{"op", "apply"},
                          {"workers", 3},
                          {"threads", 4},
                          {"worker_class", "gthread"},
                          {"live_revision", 9},
                          {"settings", {{"timeout", "5"}}},
                          {"dry_run", true},
                          {"converge_within", 1.5}}));
}

TEST(ToOrder, names_the_field_of_a_time_that_is_not_allowed) {
  v1::ApplyRequest apply;
  apply.mutable_converge_within()->set_seconds(-1);
  const auto refused = ToOrder(apply);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("converge_within: "), 0u);
  v1::DrainRequest drain;
  EXPECT_FALSE(ToOrder(drain)->contains("graceful"));
  drain.mutable_graceful()->set_seconds(0);
  EXPECT_EQ((*ToOrder(drain))["graceful"], 0.0);
  drain.mutable_graceful()->set_seconds(100'000);
  EXPECT_FALSE(ToOrder(drain));
}

TEST(FromResult, reads_stacks_with_times_in_seconds) {
  v1::Stacks stacks;
  ASSERT_TRUE(FromResult(R"({"slot":2,"pid":77,"source":"outside","at":1.5,"note":"n","new":1,
      "threads":[{"native_id":78,"name":"MainThread","state":"gil-wait","request":"GET /",
                  "request_age":0.25,"frames":[{"function":"f","file":"a.py","line":7}]},5]})",
                         stacks));
  EXPECT_EQ(stacks.slot(), 2u);
  EXPECT_EQ(stacks.at().nanos(), 500'000'000);
  ASSERT_EQ(stacks.threads_size(), 1);
  EXPECT_EQ(stacks.threads(0).request_age().nanos(), 250'000'000);
  EXPECT_EQ(stacks.threads(0).frames(0).line(), 7u);
  EXPECT_FALSE(FromResult("[]", stacks));
  EXPECT_FALSE(FromResult("", stacks));
}

TEST(FromResult, reads_settings_and_leaves_out_what_it_does_not_know) {
  v1::Config config;
  ASSERT_TRUE(FromResult(
      R"({"settings":[{"name":"workers","value":"2","source":"live","live":true,"new":1}]})",
      config));
  ASSERT_EQ(config.settings_size(), 1);
  EXPECT_TRUE(config.settings(0).live());
}

TEST(ParseJson, refuses_fields_that_are_not_known) {
  v1::ApplyRequest request;
  EXPECT_FALSE(ParseJson(R"({"wrokers":3})", request));
  EXPECT_FALSE(ParseJson(R"({"workers":-3})", request));
  EXPECT_FALSE(ParseJson(R"({"workers":)", request));
}

}  // namespace
}  // namespace monoceros::agent
