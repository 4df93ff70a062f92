// SPDX-License-Identifier: Apache-2.0
#include "master/plan.h"

#include "master/memory_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

using Phase = PlannedWorker::Phase;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr PlannedWorker Ready(uint32_t incarnation, uint32_t generation = 1) {
  return {incarnation, generation, Phase::kReady, false};
}
constexpr PlannedWorker Starting(uint32_t incarnation, uint32_t generation = 1) {
  return {incarnation, generation, Phase::kStarting, false};
}
constexpr PlannedWorker Leaving(uint32_t incarnation, uint32_t generation = 1) {
  return {incarnation, generation, Phase::kLeaving, false};
}
constexpr PlannedWorker Retiring(uint32_t incarnation) {
  return {incarnation, 1, Phase::kReady, true};
}

Observed Pool(int wanted, std::vector<PlannedWorker> workers, uint32_t generation = 1) {
  return {wanted, generation, 1, true, std::move(workers)};
}

TEST(Plan, starts_all_workers_of_an_empty_pool) {
  const Actions actions = Plan(Pool(4, {}));
  EXPECT_EQ(actions.start, 4);
  EXPECT_THAT(actions.retire, IsEmpty());
}

TEST(Plan, does_nothing_when_the_count_is_right) {
  const Actions actions = Plan(Pool(2, {Ready(1), Starting(2)}));
  EXPECT_EQ(actions.start, 0);
  EXPECT_THAT(actions.retire, IsEmpty());
}

TEST(Plan, starts_nothing_while_it_must_not) {
  Observed pool = Pool(4, {});
  pool.may_start = false;
  EXPECT_EQ(Plan(pool).start, 0);
}

TEST(Plan, replaces_a_leaving_worker) { EXPECT_EQ(Plan(Pool(2, {Ready(1), Leaving(2)})).start, 1); }

TEST(Plan, without_room_one_leaves_before_its_replacement_starts) {
  Observed pool = Pool(2, {Ready(1), Ready(2)}, 2);
  pool.surge = 0;
  EXPECT_EQ(Plan(pool).start, 0);
  EXPECT_THAT(Plan(pool).retire, ElementsAre(1));
  pool.workers = {Leaving(1), Ready(2)};
  EXPECT_EQ(Plan(pool).start, 0);
  EXPECT_THAT(Plan(pool).retire, IsEmpty());
  pool.workers = {Ready(2)};
  EXPECT_EQ(Plan(pool).start, 1);
  EXPECT_THAT(Plan(pool).retire, IsEmpty());
  pool.workers = {Ready(2), Starting(3, 2)};
  EXPECT_EQ(Plan(pool).start, 0);
  EXPECT_THAT(Plan(pool).retire, IsEmpty());
  pool.workers = {Ready(2), Ready(3, 2)};
  EXPECT_THAT(Plan(pool).retire, ElementsAre(2));
}

TEST(Plan, without_room_nobody_leaves_whom_nothing_replaces) {
  Observed pool = Pool(2, {Ready(1), Ready(2)});
  pool.surge = 0;
  EXPECT_THAT(Plan(pool).retire, IsEmpty());
  pool = Pool(2, {Ready(1), Ready(2)}, 2);
  pool.surge = 0;
  pool.may_start = false;
  EXPECT_THAT(Plan(pool).retire, IsEmpty());
}

TEST(AdmittedSurge, is_what_fits_under_nine_tenths_of_the_limit) {
  EXPECT_EQ(AdmittedSurge(4, {.used = 500, .limit = 1000, .worker = 150}), 2);
  EXPECT_EQ(AdmittedSurge(1, {.used = 500, .limit = 1000, .worker = 150}), 1);
  EXPECT_EQ(AdmittedSurge(4, {.used = 800, .limit = 1000, .worker = 150}), 0);
  EXPECT_EQ(AdmittedSurge(4, {.used = 950, .limit = 1000, .worker = 150}), 0);
}

TEST(AdmittedSurge, is_what_was_asked_where_nothing_is_known) {
  EXPECT_EQ(AdmittedSurge(4, {.used = 950, .limit = 0, .worker = 150}), 4);
  EXPECT_EQ(AdmittedSurge(4, {.used = 950, .limit = 1000, .worker = 0}), 4);
}

TEST(Plan, retires_the_oldest_of_too_many) {
  const Actions actions = Plan(Pool(1, {Ready(7), Ready(3), Ready(5)}));
  EXPECT_EQ(actions.start, 0);
  EXPECT_THAT(actions.retire, ElementsAre(3, 5));
}

TEST(Plan, retires_a_starting_worker_before_one_that_serves) {
  EXPECT_THAT(Plan(Pool(1, {Ready(1), Starting(2)})).retire, ElementsAre(2));
}

TEST(Plan, starts_a_replacement_before_the_old_one_leaves) {
  const Actions actions = Plan(Pool(2, {Retiring(1), Ready(2)}));
  EXPECT_EQ(actions.start, 1);
  EXPECT_THAT(actions.retire, IsEmpty());
}

TEST(Plan, keeps_the_old_one_until_the_replacement_is_ready) {
  const Actions actions = Plan(Pool(2, {Retiring(1), Ready(2), Starting(3)}));
  EXPECT_EQ(actions.start, 0);
  EXPECT_THAT(actions.retire, IsEmpty());
}

TEST(Plan, retires_the_old_one_when_the_replacement_is_ready) {
  EXPECT_THAT(Plan(Pool(2, {Retiring(1), Ready(2), Ready(3)})).retire, ElementsAre(1));
}

TEST(Plan, replaces_a_generation_one_at_a_time) {
  const Actions first = Plan(Pool(3, {Ready(1), Ready(2), Ready(3), Ready(4, 2)}, 2));
  EXPECT_EQ(first.start, 0);
  EXPECT_THAT(first.retire, ElementsAre(1));
  const Actions second = Plan(Pool(3, {Leaving(1), Ready(2), Ready(3), Ready(4, 2)}, 2));
  EXPECT_EQ(second.start, 1);
  EXPECT_THAT(second.retire, IsEmpty());
}

TEST(Plan, replaces_as_many_at_a_time_as_the_surge_allows) {
  Observed pool = Pool(4, {Ready(1), Ready(2), Ready(3), Ready(4)}, 2);
  pool.surge = 3;
  EXPECT_EQ(Plan(pool).start, 3);
}

TEST(Plan, drops_old_workers_that_never_served) {
  const Actions actions = Plan(Pool(2, {Starting(1), Ready(2), Ready(3, 2)}, 2));
  EXPECT_THAT(actions.retire, ElementsAre(1));
}

TEST(Plan, takes_a_lower_count_into_account_while_it_replaces) {
  const Actions actions = Plan(Pool(1, {Ready(1), Ready(2), Ready(3)}, 2));
  EXPECT_EQ(actions.start, 0);
  EXPECT_THAT(actions.retire, ElementsAre(1, 2));
}

// Whatever order workers become ready in, a reload ends with the right ones and never serves with
// fewer than wanted.
TEST(Plan, converges_to_the_new_generation_without_a_gap) {
  for (const int surge : {1, 2, 5}) {
    Observed pool = Pool(4, {Ready(1), Ready(2), Ready(3), Ready(4)}, 2);
    pool.surge = surge;
    uint32_t next = 5;
    for (int turn = 0; turn < 40; ++turn) {
      for (PlannedWorker& worker : pool.workers) {
        if (worker.phase == Phase::kStarting && turn % 2 == 0) worker.phase = Phase::kReady;
      }
      const Actions actions = Plan(pool);
      std::erase_if(pool.workers, [&](const PlannedWorker& worker) {
        return std::ranges::count(actions.retire, worker.incarnation) > 0;
      });
      for (int i = 0; i < actions.start; ++i) pool.workers.push_back(Starting(next++, 2));
      const auto ready = std::ranges::count(pool.workers, Phase::kReady, &PlannedWorker::phase);
      ASSERT_GE(ready, 4);
      ASSERT_LE(pool.workers.size(), static_cast<size_t>(4 + surge));
    }
    EXPECT_EQ(pool.workers.size(), 4U);
    EXPECT_EQ(std::ranges::count(pool.workers, 2U, &PlannedWorker::generation), 4);
  }
}

}  // namespace
}  // namespace monoceros::master
