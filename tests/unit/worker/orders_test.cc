// SPDX-License-Identifier: Apache-2.0
#include "worker/template/orders.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "worker/template/reports.h"

namespace monoceros::worker {
namespace {

TEST(Orders, reads_the_start) {
  const auto order = ParseStart({.json = R"({"op":"start","generation":3,"preload":"auto",
      "application":"shop:app","max_requests":5,"loglevel":"debug","log_json":true,
      "sendfile":false})"});
  ASSERT_TRUE(order);
  EXPECT_EQ(order->generation, 3U);
  EXPECT_EQ(order->preload, Preload::kAuto);
  EXPECT_EQ(order->application, "shop:app");
  EXPECT_EQ(order->max_requests, 5);
  EXPECT_EQ(order->log_level, base::LogLevel::kDebug);
  EXPECT_TRUE(order->log_json);
  EXPECT_FALSE(order->sendfile);
}

TEST(Orders, accounts_for_everything_unless_told_otherwise) {
  const auto silent = ParseStart({.json = R"({"application":"shop:app"})"});
  EXPECT_TRUE(silent->full_accounting);
  EXPECT_FALSE(silent->server_timing);
  const auto order = ParseStart(
      {.json = R"({"application":"shop:app","accounting":"wall","server_timing":true})"});
  EXPECT_FALSE(order->full_accounting);
  EXPECT_TRUE(order->server_timing);
}

TEST(Orders, refuses_what_it_cannot_read) {
  EXPECT_FALSE(ParseStart({.json = "{}"}));
  EXPECT_FALSE(ParseStart({.json = "nonsense"}));
  EXPECT_FALSE(ParseStart({.json = R"({"application":7})"}));
  EXPECT_FALSE(ParseFork({.json = R"({"op":"fork","row":0})"}));
  EXPECT_FALSE(ParseAttach({.json = R"({"op":"attach"})"}));
  EXPECT_EQ(Operation({.json = "[]"}), "");
  EXPECT_EQ(Operation({.json = R"({"op":5})"}), "");
}

TEST(Reports, fit_into_a_message_and_are_utf_8) {
  const std::string report = FailedReport("first" + std::string(500'000, '\x01') + "\xff last");
  EXPECT_LT(report.size(), base::kMaxMessageBytes);
  const std::string error = nlohmann::json::parse(report)["error"];
  EXPECT_TRUE(error.starts_with("first"));
  EXPECT_TRUE(error.ends_with(" last"));
}

}  // namespace
}  // namespace monoceros::worker
