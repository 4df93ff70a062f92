// SPDX-License-Identifier: Apache-2.0
#include "base/timeout_list.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace monoceros::base {
namespace {

class Named final : public Timeout {
 public:
  Named(std::string& log, char name) : log_(log), name_(name) {}
  void OnTimeout() override { log_ += name_; }

 private:
  std::string& log_;
  char name_;
};

TEST(TimeoutList, fires_what_has_expired_in_the_order_of_arming) {
  std::string log;
  TimeoutList list(100);
  Named a(log, 'a');
  Named b(log, 'b');
  Named c(log, 'c');
  list.Arm(a, 0);
  list.Arm(b, 10);
  list.Arm(c, 20);
  list.FireExpired(99);
  EXPECT_EQ(log, "");
  list.FireExpired(110);
  EXPECT_EQ(log, "ab");
  EXPECT_FALSE(a.armed());
  EXPECT_TRUE(c.armed());
}

TEST(TimeoutList, knows_the_next_deadline) {
  std::string log;
  TimeoutList list(100);
  EXPECT_EQ(list.NextDeadline(-7), -7);
  Named a(log, 'a');
  list.Arm(a, 5);
  EXPECT_EQ(list.NextDeadline(-7), 105);
}

TEST(TimeoutList, arming_again_moves_a_timer_to_the_end) {
  std::string log;
  TimeoutList list(100);
  Named a(log, 'a');
  Named b(log, 'b');
  list.Arm(a, 0);
  list.Arm(b, 10);
  list.Arm(a, 20);
  list.FireExpired(110);
  EXPECT_EQ(log, "b");
  list.FireExpired(120);
  EXPECT_EQ(log, "ba");
}

TEST(TimeoutList, a_timer_that_ends_is_forgotten) {
  std::string log;
  TimeoutList list(100);
  auto a = std::make_unique<Named>(log, 'a');
  list.Arm(*a, 0);
  a.reset();
  list.FireExpired(1000);
  EXPECT_EQ(log, "");
}

TEST(TimeoutList, a_timer_may_arm_itself_again_when_it_fires) {
  class Again final : public Timeout {
   public:
    explicit Again(TimeoutList& list) : list_(list) {}
    void OnTimeout() override {
      ++fired;
      list_.Arm(*this, 100);
    }
    int fired = 0;

   private:
    TimeoutList& list_;
  };
  TimeoutList list(100);
  Again again(list);
  list.Arm(again, 0);
  list.FireExpired(100);
  EXPECT_EQ(again.fired, 1);
  EXPECT_EQ(list.NextDeadline(-1), 200);
}

TEST(TimeoutList, a_duration_of_zero_never_fires) {
  std::string log;
  TimeoutList list(0);
  Named a(log, 'a');
  list.Arm(a, 0);
  EXPECT_FALSE(a.armed());
}

TEST(TimeoutList, a_deadline_of_its_own_lies_between_those_of_others) {
  std::string log;
  TimeoutList list(100);
  Named a(log, 'a');
  Named b(log, 'b');
  Named c(log, 'c');
  Named d(log, 'd');
  list.Arm(b, 0);
  list.ArmAt(c, 150);
  list.ArmAt(a, 50);
  list.ArmAt(d, 100);
  EXPECT_EQ(list.NextDeadline(-7), 50);
  list.FireExpired(100);
  EXPECT_EQ(log, "abd");
  list.FireExpired(150);
  EXPECT_EQ(log, "abdc");
}

TEST(TimeoutList, arming_at_a_deadline_moves_a_timer_to_either_side) {
  std::string log;
  TimeoutList list(100);
  Named a(log, 'a');
  Named b(log, 'b');
  list.ArmAt(a, 10);
  list.ArmAt(b, 20);
  list.ArmAt(a, 30);
  EXPECT_EQ(list.NextDeadline(-7), 20);
  list.ArmAt(a, 15);
  EXPECT_EQ(list.NextDeadline(-7), 15);
  list.FireExpired(20);
  EXPECT_EQ(log, "ab");
}

TEST(TimeoutList, a_duration_of_zero_has_no_deadlines_either) {
  std::string log;
  TimeoutList list(0);
  Named a(log, 'a');
  list.ArmAt(a, 10);
  EXPECT_FALSE(a.armed());
}

TEST(TimeoutList, timers_outlive_their_list) {
  std::string log;
  Named a(log, 'a');
  {
    TimeoutList list(100);
    list.Arm(a, 0);
  }
  EXPECT_FALSE(a.armed());
}

}  // namespace
}  // namespace monoceros::base
