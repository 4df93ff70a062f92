// SPDX-License-Identifier: Apache-2.0
#include "router/health/probe_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace monoceros::router {
namespace {

using testing::HasSubstr;

HealthFacts Healthy() {
  constexpr base::Nanoseconds kNow = 1000 * base::kNanosecondsPerSecond;
  return {.now = kNow,
          .master_beat_at = kNow - base::kNanosecondsPerSecond,
          .had_worker = true,
          .workers = {.serving = 1},
          .wanted = 2};
}

ProbeAnswer Get(std::string_view path, const HealthFacts& facts, std::string_view query = "") {
  return AnswerProbe({.method = "GET", .path = path, .query = query}, facts);
}

TEST(Readiness, one_worker_that_serves_is_enough) {
  EXPECT_EQ(Get("/readyz", Healthy()).status, 200);
  EXPECT_EQ(Get("/readyz", Healthy()).body, "ok\n");
  EXPECT_EQ(Get("/healthz", Healthy()).status, 200);
}

TEST(Readiness, says_that_the_first_workers_start) {
  HealthFacts facts = Healthy();
  facts.workers = {};
  facts.had_worker = false;
  facts.starting = 2;
  EXPECT_EQ(Get("/readyz", facts).status, 503);
  EXPECT_EQ(Get("/readyz", facts).body,
            "starting: no worker is ready yet; 2 of 2 load the application\n");
}

TEST(Readiness, says_that_no_worker_is_left_or_that_none_reacts) {
  HealthFacts facts = Healthy();
  facts.workers = {.leaving = 1};
  EXPECT_THAT(Get("/readyz", facts).body, HasSubstr("no worker is ready"));
  facts.workers = {.stalled = 2};
  EXPECT_THAT(Get("/readyz", facts).body, HasSubstr("2 of 2 do not react"));
  EXPECT_EQ(Get("/readyz", facts).status, 503);
}

TEST(Readiness, every_reason_has_a_line) {
  HealthFacts facts = Healthy();
  facts.draining = facts.memory_full = true;
  const ProbeAnswer answer = Get("/readyz", facts);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(std::count(answer.body.begin(), answer.body.end(), '\n'), 2);
  EXPECT_THAT(answer.body, HasSubstr("draining"));
  EXPECT_THAT(answer.body, HasSubstr("router_memory"));
}

TEST(Readiness, is_a_json_object_for_those_who_ask) {
  HealthFacts facts = Healthy();
  facts.draining = true;
  for (const ProbeAnswer& answer :
       {Get("/readyz", facts, "verbose"), Get("/readyz", facts, "a=b&verbose=1"),
        AnswerProbe({.method = "GET", .path = "/readyz", .accept = "text/html, application/json"},
                    facts)}) {
    EXPECT_EQ(answer.content_type, "application/json");
    const auto object = nlohmann::json::parse(answer.body);
    EXPECT_EQ(object["ready"], false);
    EXPECT_EQ(object["reasons"].size(), 1U);
  }
  EXPECT_EQ(Get("/readyz", Healthy(), "verbose").body, "{\"ready\":true,\"reasons\":[]}\n");
}

TEST(Liveness, depends_on_the_masters_beat_alone) {
  HealthFacts facts = Healthy();
  facts.draining = true;
  facts.workers = {};
  EXPECT_EQ(Get("/livez", facts).status, 200);
  facts.master_beat_at = facts.now - 11 * base::kNanosecondsPerSecond;
  EXPECT_EQ(Get("/livez", facts).status, 503);
  EXPECT_THAT(Get("/livez", facts).body, HasSubstr("11 seconds"));
}

TEST(Probes, know_no_other_path_or_method) {
  for (const char* path : {"/", "/readyz/", "/livez2", "*", ""}) {
    EXPECT_EQ(Get(path, Healthy()).status, 404) << path;
  }
  EXPECT_EQ(AnswerProbe({.method = "POST", .path = "/readyz"}, Healthy()).status, 404);
  EXPECT_EQ(AnswerProbe({.method = "HEAD", .path = "/readyz"}, Healthy()).status, 200);
}

}  // namespace
}  // namespace monoceros::router
