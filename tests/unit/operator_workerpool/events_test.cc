// SPDX-License-Identifier: Apache-2.0
#include "workerpool/events.h"

#include <gtest/gtest.h>

#include <string>

#include "fixtures.h"
#include "workerpool/status.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

Json StatusOf(const Picture& picture) { return BuildStatus(picture, {}, {}); }

// Their reasons, with a "!" before warnings.
std::string Reasons(const Json& before, const Json& after) {
  std::string reasons;
  for (const runtime::EventText& event : EventsOf(before, after)) {
    if (!reasons.empty()) reasons += ' ';
    reasons += event.type == runtime::EventText::Type::kWarning ? "!" : "";
    reasons += event.reason;
  }
  return reasons;
}

TEST(Events, of_a_status_that_stays_are_none) {
  const Json status = StatusOf(Calm(Shop()));
  EXPECT_EQ(Reasons(status, status), "");
}

TEST(Events, tell_of_a_new_pool_that_its_rollout_starts_and_completes) {
  Picture picture = Calm(Shop());
  const Json complete = StatusOf(picture);
  picture.pods.clear();
  const Json started = StatusOf(picture);
  EXPECT_EQ(Reasons({}, started), "RolloutStarted");
  EXPECT_EQ(Reasons(started, complete), "ScalingComplete LiveChangeConverged");
}

TEST(Events, tell_of_a_new_template) {
  Picture picture = Calm(Shop());
  const Json complete = StatusOf(picture);
  picture.pods[0].hash = "older";
  EXPECT_EQ(Reasons(StatusOf(picture), complete), "RolloutComplete");
  Json before = complete;
  before["templateHash"] = "older";
  EXPECT_EQ(Reasons(before, complete), "RolloutStarted");
}

TEST(Events, tell_of_a_live_change_even_when_its_beginning_was_not_seen) {
  const Json after = StatusOf(Calm(Shop()));
  Json before = after;
  before["liveRevision"] = 0;
  EXPECT_EQ(Reasons(before, after), "LiveChangeConverged");
}

TEST(Events, warn_once_of_each_reason_that_a_pool_is_degraded_for) {
  Picture picture = Calm(Shop());
  const Json well = StatusOf(picture);
  picture.pods[0].failure = "CrashLoopBackOff";
  const Json failing = StatusOf(picture);
  EXPECT_EQ(Reasons(well, failing), "!PodsFailing");
  picture.pods[0].message = "others words";
  EXPECT_EQ(Reasons(failing, StatusOf(picture)), "");
  picture.live->refused = DigestOf(picture.live->values);
  EXPECT_EQ(Reasons(failing, StatusOf(picture)), "!LiveChangeFailed");
  EXPECT_EQ(Reasons(failing, well), "");
}

}  // namespace
}  // namespace monoceros::workerpool
