// SPDX-License-Identifier: Apache-2.0
#include "runtime/lease.h"

#include <gtest/gtest.h>

#include "runtime/micro_time.h"

namespace monoceros::runtime {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

constexpr LeaseWatch::TimePoint kStart{1000s};
constexpr system_clock::time_point kNow{1'800'000'000s + 123us};

LeaseRecord HeldBy(const std::string& holder, const std::string& renewed = "t1") {
  return {.holder = holder, .duration = 15s, .acquired = "t0", .renewed = renewed};
}

TEST(MicroTime, has_six_decimals_and_is_in_utc) {
  EXPECT_EQ(MicroTime(kNow), "2027-01-15T08:00:00.000123Z");
  EXPECT_EQ(MicroTime(system_clock::time_point(0s)), "1970-01-01T00:00:00.000000Z");
}

TEST(LeaseWatch, a_holder_lives_as_long_as_its_record_changes) {
  LeaseWatch watch;
  watch.Observe(HeldBy("other", "t1"), kStart);
  EXPECT_TRUE(watch.HeldByOther("me", kStart + 14s));
  watch.Observe(HeldBy("other", "t2"), kStart + 14s);
  EXPECT_TRUE(watch.HeldByOther("me", kStart + 28s));
  watch.Observe(HeldBy("other", "t2"), kStart + 28s);
  EXPECT_FALSE(watch.HeldByOther("me", kStart + 29s));
}

TEST(LeaseWatch, the_holders_clock_does_not_matter) {
  LeaseWatch watch;
  watch.Observe(HeldBy("other", "1970-01-01T00:00:00.000000Z"), kStart);
  EXPECT_TRUE(watch.HeldByOther("me", kStart + 1s));
}

TEST(LeaseWatch, nobody_and_oneself_are_no_others) {
  LeaseWatch watch;
  EXPECT_FALSE(watch.HeldByOther("me", kStart));
  watch.Observe(HeldBy(""), kStart);
  EXPECT_FALSE(watch.HeldByOther("me", kStart));
  watch.Observe(HeldBy("me"), kStart);
  EXPECT_FALSE(watch.HeldByOther("me", kStart));
}

TEST(Lease, is_made_taken_kept_and_given_up) {
  const LeaseRecord made = TakenBy("me", 15s, {}, kNow);
  EXPECT_EQ(made.transitions, 0);
  EXPECT_EQ(made.acquired, made.renewed);

  const LeaseRecord kept = TakenBy("me", 15s, made, kNow + 2s);
  EXPECT_EQ(kept.acquired, made.acquired);
  EXPECT_NE(kept.renewed, made.renewed);
  EXPECT_EQ(kept.transitions, 0);

  const LeaseRecord freed = Freed(kept, kNow + 4s);
  EXPECT_EQ(freed.holder, "");
  EXPECT_EQ(freed.duration, 1s);

  const LeaseRecord taken = TakenBy("other", 15s, freed, kNow + 5s);
  EXPECT_EQ(taken.holder, "other");
  EXPECT_EQ(taken.transitions, 1);
  EXPECT_EQ(taken.acquired, taken.renewed);
}

TEST(Lease, keeps_what_others_wrote_into_the_object) {
  const kube::Json theirs = {{"metadata", {{"resourceVersion", "7"}, {"labels", {{"a", "b"}}}}},
                             {"spec", {{"strategy", "OldestEmulationVersion"}}}};
  const LeaseRecord record = TakenBy("me", 15s, {}, kNow);
  const kube::Json ours = WithRecord(theirs, {"ns", "name"}, record);
  EXPECT_EQ(ours["metadata"], theirs["metadata"]);
  EXPECT_EQ(ours["spec"]["strategy"], "OldestEmulationVersion");
  EXPECT_EQ(ours["spec"]["leaseDurationSeconds"], 15);
  EXPECT_EQ(ReadLease(ours), record);
}

TEST(Lease, one_without_a_spec_is_held_by_nobody) {
  EXPECT_EQ(ReadLease(kube::Json::object()), LeaseRecord{});
  EXPECT_EQ(ReadLease({{"spec", {{"holderIdentity", nullptr}}}}).holder, "");
}

}  // namespace
}  // namespace monoceros::runtime
