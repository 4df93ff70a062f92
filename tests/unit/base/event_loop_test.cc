// SPDX-License-Identifier: Apache-2.0
#include "base/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <vector>

#include "base/syscall.h"
#include "pipe.h"

namespace monoceros::base {
namespace {

class Recorder final : public EventHandler {
 public:
  void OnEvents(uint32_t events) override { seen.push_back(events); }
  std::vector<uint32_t> seen;
};

TEST(EventLoop, dispatches_readiness_to_the_handler_of_the_descriptor) {
  EventLoop loop;
  const Pipe quiet = MakePipe();
  const Pipe busy = MakePipe();
  Recorder quiet_handler;
  Recorder busy_handler;
  loop.Add(quiet.reader.get(), EPOLLIN, &quiet_handler);
  loop.Add(busy.reader.get(), EPOLLIN, &busy_handler);
  ASSERT_EQ(::write(busy.writer.get(), "x", 1), 1);
  EXPECT_EQ(loop.Turn(FromSeconds(10)), 1);
  EXPECT_TRUE(quiet_handler.seen.empty());
  EXPECT_EQ(busy_handler.seen, std::vector<uint32_t>{EPOLLIN});
}

TEST(EventLoop, a_turn_without_events_ends_at_its_limit_and_not_before) {
  EventLoop loop;
  const Nanoseconds limit = 20 * kNanosecondsPerMillisecond + 1;
  const Nanoseconds start = MonotonicNow();
  EXPECT_EQ(loop.Turn(limit), 0);
  EXPECT_GE(MonotonicNow() - start, limit);
}

TEST(EventLoop, modify_changes_what_is_waited_for) {
  EventLoop loop;
  const Pipe pipe = MakePipe();
  Recorder handler;
  loop.Add(pipe.writer.get(), 0, &handler);
  EXPECT_EQ(loop.Turn(0), 0);
  loop.Modify(pipe.writer.get(), EPOLLOUT, &handler);
  EXPECT_EQ(loop.Turn(0), 1);
}

TEST(EventLoop, a_removed_descriptor_is_silent) {
  EventLoop loop;
  const Pipe pipe = MakePipe();
  Recorder handler;
  loop.Add(pipe.writer.get(), EPOLLOUT, &handler);
  loop.Remove(pipe.writer.get());
  EXPECT_EQ(loop.Turn(0), 0);
}

TEST(EventLoop, adding_a_closed_descriptor_is_an_error) {
  EventLoop loop;
  Recorder handler;
  EXPECT_THROW(loop.Add(-1, EPOLLIN, &handler), SystemError);
}

}  // namespace
}  // namespace monoceros::base
