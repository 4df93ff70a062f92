// SPDX-License-Identifier: Apache-2.0
#include "workerpool/live.h"

#include <gtest/gtest.h>

namespace monoceros::workerpool {
namespace {

using agents::LiveValues;

const LiveValues kOld{.workers = 2, .threads = 4};
const LiveValues kNew{.workers = 3, .threads = 16};
const LiveValues kThird{.workers = 3, .threads = 8};

LiveFacts FactsWith(LiveRecord record, LiveValues wanted) {
  const uint64_t revision = record.revision;
  return {.record = std::move(record), .wanted = std::move(wanted), .greatest = revision};
}

LiveRecord Changed() { return {.values = kNew, .revision = 2, .last_good = kOld}; }
Refusal RefusalOf(uint64_t revision) { return {"shop-1", revision, "no memory"}; }

// After a pod refused kNew.
LiveRecord Returned() {
  LiveFacts facts = FactsWith(Changed(), kNew);
  facts.refusal = RefusalOf(2);
  return NextLive(facts);
}

TEST(Live, begins_with_revision_1) {
  EXPECT_EQ(NextLive({.wanted = kOld}), (LiveRecord{.values = kOld, .revision = 1}));
}

TEST(Live, of_a_new_template_begins_above_all_revisions_seen) {
  EXPECT_EQ(NextLive({.wanted = kOld, .greatest = 7}).revision, 8);
}

TEST(Live, stays_while_nothing_changes) {
  const LiveRecord record{.values = kOld, .revision = 1};
  EXPECT_EQ(NextLive(FactsWith(record, kOld)), record);
}

TEST(Live, values_that_all_pods_have_are_good) {
  LiveFacts facts = FactsWith({.values = kOld, .revision = 1}, kOld);
  facts.converged = true;
  EXPECT_EQ(NextLive(facts).last_good, kOld);
  EXPECT_EQ(NextLive(facts).revision, 1);
}

TEST(Live, new_values_get_a_higher_revision_and_keep_the_good_ones_in_mind) {
  EXPECT_EQ(NextLive(FactsWith({.values = kOld, .revision = 1, .last_good = kOld}, kNew)),
            Changed());
}

TEST(Live, values_that_never_converged_do_not_become_the_good_ones) {
  EXPECT_EQ(NextLive(FactsWith(Changed(), kThird)).last_good, kOld);
}

TEST(Live, a_refusal_returns_to_the_good_values_with_a_higher_revision) {
  const LiveRecord record = Returned();
  EXPECT_EQ(record.values, kOld);
  EXPECT_EQ(record.revision, 3);
  EXPECT_EQ(record.refusal, "shop-1: no memory");
  EXPECT_TRUE(IsRefused(record, kNew));
  EXPECT_TRUE(IsPushed(record));
}

TEST(Live, nothing_is_tried_again_until_the_spec_changes) {
  LiveFacts facts = FactsWith(Returned(), kNew);
  facts.converged = true;
  facts.refusal = RefusalOf(2);
  EXPECT_EQ(NextLive(facts), Returned());
}

TEST(Live, other_values_after_a_refusal_are_tried) {
  const LiveRecord record = NextLive(FactsWith(Returned(), kThird));
  EXPECT_EQ(record.values, kThird);
  EXPECT_EQ(record.revision, 4);
  EXPECT_EQ(record.refused, "");
  EXPECT_EQ(record.refusal, "");
}

TEST(Live, a_spec_that_returns_to_the_good_values_forgets_the_refusal) {
  const LiveRecord record = NextLive(FactsWith(Returned(), kOld));
  EXPECT_EQ(record, (LiveRecord{.values = kOld, .revision = 3, .last_good = kOld}));
  EXPECT_EQ(NextLive(FactsWith(record, kNew)).values, kNew);
}

TEST(Live, a_refusal_of_an_older_revision_says_nothing_about_this_one) {
  LiveFacts facts = FactsWith(Changed(), kNew);
  facts.refusal = RefusalOf(1);
  EXPECT_EQ(NextLive(facts), Changed());
}

TEST(Live, refused_values_without_good_ones_stay_and_are_not_pushed) {
  LiveFacts facts = FactsWith({.values = kNew, .revision = 1}, kNew);
  facts.refusal = RefusalOf(1);
  const LiveRecord record = NextLive(facts);
  EXPECT_EQ(record.revision, 1);
  EXPECT_EQ(record.values, kNew);
  EXPECT_FALSE(IsPushed(record));
  EXPECT_EQ(NextLive(FactsWith(record, kNew)), record);
}

TEST(Live, a_pod_that_is_ahead_is_overtaken) {
  LiveFacts facts = FactsWith({.values = kOld, .revision = 1}, kOld);
  facts.greatest = facts.ahead = 5;
  EXPECT_EQ(NextLive(facts).revision, 6);
}

}  // namespace
}  // namespace monoceros::workerpool
