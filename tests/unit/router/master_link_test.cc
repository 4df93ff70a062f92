// SPDX-License-Identifier: Apache-2.0
#include "router/master_link.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings_json.h"

namespace monoceros::router {
namespace {

struct Orders final : MasterOrders {
  void AddWorker(WorkerDescription, channel::RouterFds, base::Fd) override {}
  void DrainWorker(uint64_t incarnation) override { drained.push_back(incarnation); }
  void SetCapacity(uint64_t incarnation, uint32_t capacity) override {
    capacities.emplace_back(incarnation, capacity);
  }
  void ListExchanges(uint64_t incarnation) override { listed.push_back(incarnation); }
  void ApplySettings(const config::Settings& settings) override { path = settings.health_path; }
  void Stop(double) override {}
  void MasterLost() override { lost = true; }

  std::vector<uint64_t> drained;
  std::vector<uint64_t> listed;
  std::vector<std::pair<uint64_t, uint32_t>> capacities;
  std::string path;
  bool lost = false;
};

struct MasterLinkTest : testing::Test {
  MasterLinkTest() {
    auto [mine, theirs] = base::MessageSocket::Pair();
    master = std::move(mine);
    link.emplace(loop, std::move(theirs), orders);
  }
  void Order(const std::string& json) {
    EXPECT_TRUE(master.Send(json));
    loop.Turn(0);
  }
  nlohmann::json Said() {
    base::Message message;
    EXPECT_EQ(master.Receive(message), base::ReceiveStatus::kMessage);
    return nlohmann::json::parse(message.json);
  }

  base::EventLoop loop;
  Orders orders;
  base::MessageSocket master;
  std::optional<MasterLink> link;
};

TEST_F(MasterLinkTest, passes_a_capacity_on) {
  Order(R"({"op": "set_capacity", "incarnation": 7, "capacity": 3})");
  EXPECT_EQ(orders.capacities, (std::vector<std::pair<uint64_t, uint32_t>>{{7, 3}}));
  EXPECT_FALSE(orders.lost);
}

TEST_F(MasterLinkTest, passes_on_that_the_exchanges_of_a_worker_are_asked_for) {
  Order(R"({"op": "list_exchanges", "incarnation": 7})");
  EXPECT_EQ(orders.listed, std::vector<uint64_t>{7});
  EXPECT_FALSE(orders.lost);
}

TEST_F(MasterLinkTest, says_which_exchanges_a_worker_has_whatever_bytes_their_paths_are) {
  link->SayExchanges(7, {{.incarnation = 7,
                          .id = 12,
                          .method = "GET",
                          .path = "/caf\xe9",
                          .age = base::FromSeconds(1.5),
                          .taken = true}});
  const nlohmann::json said = Said();
  EXPECT_EQ(said["op"], "exchanges");
  EXPECT_EQ(said["incarnation"], 7);
  ASSERT_EQ(said["exchanges"].size(), 1);
  EXPECT_EQ(said["exchanges"][0], nlohmann::json({{"incarnation", 7},
                                                  {"exchange", 12},
                                                  {"method", "GET"},
                                                  {"path", "/caf\ufffd"},
                                                  {"age", 1.5},
                                                  {"taken", true}}));
}

TEST_F(MasterLinkTest, says_that_a_worker_has_no_exchanges) {
  link->SayExchanges(7, {});
  EXPECT_EQ(Said()["exchanges"], nlohmann::json::array());
}

TEST_F(MasterLinkTest, says_what_passed_request_timeout_and_what_of_that_has_ended) {
  const std::vector<RunningExchange> over{
      {.incarnation = 7, .id = 1, .method = "POST", .path = "/", .age = 0, .taken = false}};
  const std::vector<EndedExchange> ended{{8, 2}};
  EXPECT_TRUE(link->SayRequestTimeouts(over, ended));
  const nlohmann::json said = Said();
  EXPECT_EQ(said["op"], "request_timeouts");
  EXPECT_EQ(said["over"][0]["exchange"], 1);
  EXPECT_EQ(said["over"][0]["method"], "POST");
  EXPECT_EQ(said["ended"], nlohmann::json::array({{{"incarnation", 8}, {"exchange", 2}}}));
}

TEST_F(MasterLinkTest, passes_settings_on) {
  config::Settings settings;
  settings.health_path = "/up";
  Order(R"({"op": "settings", "settings": )" + config::ToJson(settings) + "}");
  EXPECT_EQ(orders.path, "/up");
}

TEST_F(MasterLinkTest, passes_over_orders_of_a_later_release) {
  Order(R"({"op": "dance"})");
  Order(R"({"op": "drain_worker", "incarnation": 7, "music": true})");
  EXPECT_EQ(orders.drained, std::vector<uint64_t>{7});
  EXPECT_FALSE(orders.lost);
}

TEST_F(MasterLinkTest, gives_a_master_up_that_it_does_not_understand) {
  Order(R"({"op": "set_capacity", "incarnation": 7})");
  EXPECT_TRUE(orders.lost);
  EXPECT_TRUE(orders.capacities.empty());
}

TEST_F(MasterLinkTest, notices_that_the_master_is_gone) {
  master.Close();
  loop.Turn(0);
  EXPECT_TRUE(orders.lost);
}

}  // namespace
}  // namespace monoceros::router
