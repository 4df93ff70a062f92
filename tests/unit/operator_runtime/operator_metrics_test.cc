// SPDX-License-Identifier: Apache-2.0
#include "runtime/operator_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace monoceros::runtime {
namespace {

using namespace std::chrono_literals;

// The families of a text, by their TYPE lines.
std::set<std::string> FamiliesOf(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark, what, name;
    words >> mark >> what >> name;
    if (mark == "#" && what == "TYPE") names.insert(name);
  }
  return names;
}

class OperatorMetricsTest : public testing::Test {
 protected:
  void ExpectLine(const std::string& line) const {
    const std::string text = "\n" + metrics_.Text();
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line << "\n" << text;
  }

  OperatorMetrics metrics_;
};

TEST_F(OperatorMetricsTest, has_the_names_of_controller_runtime_and_client_go) {
  metrics_.SetConcurrency("workerpool", 4);
  metrics_.PassStarted("workerpool");
  metrics_.PassEnded("workerpool", "success", 20ms);
  metrics_.QueueAdded("workerpool", 1);
  metrics_.QueueTaken("workerpool", 0, 1ms);
  metrics_.QueueDone("workerpool", 20ms);
  metrics_.QueueRetried("workerpool");
  metrics_.QueueUnfinished("workerpool", 1s, 1s);
  metrics_.Request({.method = "GET", .host = "10.0.0.1:443", .status = 200, .took = 3ms});
  metrics_.Leading("monoceros-operator", true);
  metrics_.LiveChange("converged");
  metrics_.SetPools("True", 2);
  metrics_.SetReplicas({"web", "shop"}, 2, 1);
  const std::set<std::string> expected{"controller_runtime_active_workers",
                                       "controller_runtime_max_concurrent_reconciles",
                                       "controller_runtime_reconcile_errors_total",
                                       "controller_runtime_reconcile_panics_total",
                                       "controller_runtime_reconcile_time_seconds",
                                       "controller_runtime_reconcile_timeouts_total",
                                       "controller_runtime_reconcile_total",
                                       "controller_runtime_terminal_reconcile_errors_total",
                                       "leader_election_master_status",
                                       "monoceros_operator_build_info",
                                       "monoceros_operator_live_changes_total",
                                       "monoceros_operator_pool_replicas",
                                       "monoceros_operator_pools",
                                       "rest_client_request_duration_seconds",
                                       "rest_client_requests_total",
                                       "workqueue_adds_total",
                                       "workqueue_depth",
                                       "workqueue_longest_running_processor_seconds",
                                       "workqueue_queue_duration_seconds",
                                       "workqueue_retries_total",
                                       "workqueue_unfinished_work_seconds",
                                       "workqueue_work_duration_seconds"};
  EXPECT_EQ(FamiliesOf(metrics_.Text()), expected);
}

TEST_F(OperatorMetricsTest, keeps_no_series_of_a_pool_that_is_gone) {
  metrics_.SetReplicas({"web", "shop"}, 2, 1);
  ExpectLine(R"(monoceros_operator_pool_replicas{namespace="web",pool="shop",state="desired"} 2)");
  ExpectLine(R"(monoceros_operator_pool_replicas{namespace="web",pool="shop",state="ready"} 1)");
  metrics_.ForgetPool({"web", "shop"});
  EXPECT_EQ(metrics_.Text().find(R"(pool="shop")"), std::string::npos);
}

TEST_F(OperatorMetricsTest, counts_passes_by_result) {
  metrics_.SetConcurrency("workerpool", 4);
  ExpectLine(R"(controller_runtime_reconcile_errors_total{controller="workerpool"} 0)");
  metrics_.PassStarted("workerpool");
  ExpectLine(R"(controller_runtime_active_workers{controller="workerpool"} 1)");
  metrics_.PassEnded("workerpool", "error", 700ms);
  ExpectLine(R"(controller_runtime_active_workers{controller="workerpool"} 0)");
  ExpectLine(R"(controller_runtime_reconcile_total{controller="workerpool",result="error"} 1)");
  ExpectLine(R"(controller_runtime_reconcile_errors_total{controller="workerpool"} 1)");
  ExpectLine(
      R"(controller_runtime_reconcile_time_seconds_bucket{controller="workerpool",le="0.7"} 1)");
}

TEST_F(OperatorMetricsTest, a_request_without_an_answer_has_the_code_error) {
  metrics_.Request({.method = "PATCH", .host = "h", .status = 0, .took = 1s});
  ExpectLine(R"(rest_client_requests_total{code="<error>",host="h",method="PATCH"} 1)");
}

TEST_F(OperatorMetricsTest, says_who_leads) {
  metrics_.Leading("monoceros-operator", true);
  ExpectLine(R"(leader_election_master_status{name="monoceros-operator"} 1)");
  metrics_.Leading("monoceros-operator", false);
  ExpectLine(R"(leader_election_master_status{name="monoceros-operator"} 0)");
}

}  // namespace
}  // namespace monoceros::runtime
