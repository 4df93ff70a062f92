// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ctl/format.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

namespace v1 = control::v1;
using testing::ElementsAre;
using testing::HasSubstr;

void AddWorker(v1::Status& status, uint32_t slot, double cpu, double gil, int age) {
  v1::Worker& worker = *status.add_workers();
  worker.set_slot(slot);
  worker.set_pid(static_cast<int32_t>(1000 + slot));
  worker.set_state("ready");
  worker.set_cpu_seconds(cpu);
  worker.set_gil_wait_seconds(gil);
  worker.set_rss_bytes(uint64_t{100} << 20);
  v1::Thread& thread = *worker.add_threads();
  thread.set_state("running");
  thread.set_request(age > 0 ? "GET /report" : "");
  thread.mutable_request_age()->set_seconds(age);
}

struct Pool {
  v1::Status before;
  v1::Status now;
};

Pool Example() {
  Pool pool;
  pool.before.mutable_at()->set_seconds(10);
  pool.now.mutable_at()->set_seconds(12);
  for (v1::Status* status : {&pool.before, &pool.now}) {
    const double passed = status == &pool.now ? 2 : 0;
    AddWorker(*status, 0, 5 + 0.2 * passed, 1, 0);
    AddWorker(*status, 1, 1 + 0.9 * passed, 1 + 0.5 * passed, 0);
    AddWorker(*status, 2, 7, 2, 4);
  }
  return pool;
}

std::string LineWith(const std::vector<StyledLine>& lines, const std::string& text) {
  for (const StyledLine& line : lines) {
    if (line.text.find(text) != std::string::npos) return line.text;
  }
  return {};
}

TEST(RenderTop, shows_rates_of_the_time_between_two_looks) {
  const Pool pool = Example();
  const auto lines = RenderTop(pool.now, pool.before, {.width = 120});
  EXPECT_THAT(LineWith(lines, "1001"), HasSubstr("90 %  50 %"));
  EXPECT_THAT(LineWith(lines, "1002"), HasSubstr("0 %   0 %"));
  EXPECT_THAT(LineWith(lines, "1002"), HasSubstr("GET /report"));
}

TEST(RenderTop, a_worker_that_was_replaced_has_no_rates_yet) {
  Pool pool = Example();
  pool.now.mutable_workers(1)->set_pid(77);
  EXPECT_THAT(LineWith(RenderTop(pool.now, pool.before, {.width = 120}), " 77 "),
              HasSubstr("0 %   0 %"));
}

TEST(RenderTop, marks_slow_requests_and_the_chosen_worker) {
  const Pool pool = Example();
  const auto lines = RenderTop(pool.now, pool.before, {.width = 120, .selected = 1});
  const auto style_of = [&](const char* pid) {
    return std::ranges::find_if(
               lines,
               [&](const StyledLine& line) { return line.text.find(pid) != std::string::npos; })
        ->style;
  };
  EXPECT_EQ(style_of("1002"), Style::kAlarm);
  EXPECT_EQ(style_of("1001"), Style::kSelected);
}

TEST(RenderTop, says_that_a_loop_stalls_and_for_how_long) {
  Pool pool = Example();
  pool.now.mutable_workers(0)->mutable_stalled()->set_seconds(3);
  const auto lines = RenderTop(pool.now, pool.before, {.width = 120, .selected = 1});
  const auto stalled = std::ranges::find_if(lines, [](const StyledLine& line) {
    return line.text.find("stalled 3.00 s") != std::string::npos;
  });
  ASSERT_NE(stalled, lines.end());
  EXPECT_THAT(stalled->text, HasSubstr(" 1000 "));
  EXPECT_EQ(stalled->style, Style::kAlarm);
  EXPECT_EQ(LineWith(lines, "1001").find("stalled"), std::string::npos);
}

TEST(RenderTop, stays_within_the_terminal) {
  Pool pool = Example();
  for (uint32_t slot = 3; slot < 60; ++slot) AddWorker(pool.now, slot, 1, 1, 0);
  for (const size_t width : {20u, 80u, 200u}) {
    const auto lines = RenderTop(pool.now, pool.before, {.width = width, .threads = true});
    EXPECT_EQ(lines.size(), 24u);
    for (const StyledLine& line : lines) EXPECT_LE(Width(line.text), width);
  }
}

TEST(RenderTop, scrolls_to_the_chosen_worker) {
  Pool pool = Example();
  for (uint32_t slot = 3; slot < 60; ++slot) AddWorker(pool.now, slot, 1, 1, 0);
  for (const uint32_t slot : {0u, 30u, 59u}) {
    const auto lines = RenderTop(pool.now, pool.before, {.selected = slot});
    EXPECT_EQ(std::ranges::count(lines, Style::kSelected, &StyledLine::style), 1) << slot;
    EXPECT_EQ(lines.size(), 24u);
  }
}

TEST(RenderTop, shows_threads_and_help_when_asked) {
  const Pool pool = Example();
  EXPECT_THAT(LineWith(RenderTop(pool.now, pool.before, {.threads = true}), "thread 0"),
              HasSubstr("running"));
  EXPECT_THAT(LineWith(RenderTop(pool.now, pool.before, {.help = true}), "restart"),
              HasSubstr("k  restart"));
}

TEST(SlotsInOrder, follow_the_chosen_column) {
  const Pool pool = Example();
  const auto order = [&](char sort) { return SlotsInOrder(pool.now, pool.before, {.sort = sort}); };
  EXPECT_THAT(order('o'), ElementsAre(0, 1, 2));
  EXPECT_THAT(order('c'), ElementsAre(1, 0, 2));
  EXPECT_THAT(order('g'), ElementsAre(1, 0, 2));
  EXPECT_THAT(order('a'), ElementsAre(2, 0, 1));
}

}  // namespace
}  // namespace monoceros::ctl
