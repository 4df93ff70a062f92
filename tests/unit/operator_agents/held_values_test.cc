// SPDX-License-Identifier: Apache-2.0
#include "agents/held_values.h"

#include <gtest/gtest.h>

namespace monoceros::agents {
namespace {

using Texts = std::map<std::string, std::string>;

TEST(HeldValues, the_same_values_do_not_differ) {
  const LiveValues wanted{.workers = 2, .threads = 8, .worker_class = "gthread"};
  const Texts held{
      {"workers", "2"}, {"threads", "8"}, {"worker_class", "gthread"}, {"timeout", "30"}};
  EXPECT_EQ(Difference(wanted, held), "");
}

TEST(HeldValues, what_is_not_wanted_may_be_anything) {
  EXPECT_EQ(Difference({}, {{"workers", "9"}}), "");
  EXPECT_EQ(Difference({.threads = 4}, {{"workers", "9"}, {"threads", "4"}}), "");
}

TEST(HeldValues, the_first_difference_is_named) {
  EXPECT_EQ(Difference({.threads = 8}, {{"threads", "4"}}), "threads is 4, not 8");
}

TEST(HeldValues, one_value_may_be_written_in_two_ways) {
  LiveValues wanted;
  wanted.settings["graceful_timeout"] = "1m";
  EXPECT_EQ(Difference(wanted, {{"graceful_timeout", "60"}}), "");
  EXPECT_EQ(Difference(wanted, {{"graceful_timeout", "61"}}), "graceful_timeout is 61, not 60");
}

TEST(HeldValues, class_sync_with_threads_is_gthread_as_the_server_has_it) {
  const LiveValues wanted{.threads = 4, .worker_class = "sync"};
  EXPECT_EQ(Difference(wanted, {{"threads", "4"}, {"worker_class", "gthread"}}), "");
}

TEST(HeldValues, a_setting_that_the_server_does_not_know_differs) {
  LiveValues wanted;
  wanted.settings["no_such_setting"] = "1";
  EXPECT_EQ(Difference(wanted, {}), "no_such_setting is not known there");
}

}  // namespace
}  // namespace monoceros::agents
