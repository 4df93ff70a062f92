// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

TEST(Exchange, carries_a_request_there_and_a_response_back) {
  ChannelPair pair({4, 1, 8, 8});
  const SlotIndex slot = pair.Send(42, "GET /");
  EXPECT_FALSE(pair.router->IsTaken(slot));
  EXPECT_EQ(pair.router->TakenAt(slot), 0);
  Exchange* exchange = pair.worker->TryTake();
  ASSERT_NE(exchange, nullptr);
  EXPECT_TRUE(pair.router->IsTaken(slot));
  EXPECT_EQ(exchange->request_id(), 42U);
  EXPECT_EQ(exchange->slot(), slot);
  auto frame = exchange->Read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->type, FrameType::kHead);
  EXPECT_EQ(Text(*frame), "GET /");
  frame = exchange->Read();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->type, FrameType::kEnd);
  exchange->Write(FrameType::kHead, Bytes("200 OK"));
  exchange->Write(FrameType::kData, Bytes("hello"));
  exchange->Finish();
  Response response;
  pair.router->CollectDirty([&](SlotIndex dirty) {
    EXPECT_EQ(dirty, slot);
    Drain(*pair.router, dirty, response);
  });
  EXPECT_EQ(response.head, "200 OK");
  EXPECT_EQ(response.body, "hello");
  EXPECT_TRUE(response.ended);
  EXPECT_FALSE(response.aborted);
  EXPECT_EQ(pair.worker->TryTake(), nullptr);
}

TEST(Exchange, works_between_two_mappings_too) {
  NewChannel channel = Create({2, 1, 8, 8});
  auto router = *RouterEnd::Attach(std::move(channel.router));
  auto worker = *WorkerEnd::Attach(std::move(channel.worker));
  const SlotIndex slot = *router->Open(1);
  router->Write(slot, FrameType::kHead, Bytes("x"));
  router->Publish(slot);
  Exchange* exchange = worker->TryTake();
  ASSERT_NE(exchange, nullptr);
  EXPECT_EQ(Text(*exchange->Read()), "x");
  exchange->Abort();
  Response response;
  Drain(*router, slot, response);
  EXPECT_TRUE(response.aborted);
}

TEST(Exchange, nothing_is_visible_before_it_is_flushed) {
  ChannelPair pair({1, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  Exchange* exchange = pair.worker->TryTake();
  exchange->Write(FrameType::kHead, Bytes("head"));
  Frame frame;
  EXPECT_EQ(pair.router->Read(slot, frame), ReadStatus::kEmpty);
  exchange->Flush();
  ASSERT_EQ(pair.router->Read(slot, frame), ReadStatus::kFrame);
  EXPECT_EQ(Text(frame), "head");
  exchange->Finish();
}

TEST(Exchange, slots_are_used_again_thousands_of_times) {
  ChannelPair pair({2, 1, 2, 2});
  for (uint64_t id = 1; id <= 5000; ++id) {
    const std::string body = Pattern(id % 3000, id);
    const SlotIndex slot = pair.Send(id);
    Exchange* exchange = pair.worker->TryTake();
    ASSERT_NE(exchange, nullptr);
    ASSERT_EQ(exchange->request_id(), id);
    exchange->Write(FrameType::kData, Bytes(body));
    exchange->Finish();
    Response response;
    Drain(*pair.router, slot, response);
    ASSERT_EQ(response.body, body);
  }
}

TEST(Exchange, no_more_slots_than_the_shape_says) {
  ChannelPair pair({3, 1, 8, 8});
  for (uint64_t id = 0; id < 3; ++id) pair.Send(id);
  EXPECT_FALSE(pair.router->Open(9));
}

TEST(Exchange, an_exchange_that_was_never_published_can_be_dropped) {
  ChannelPair pair({1, 1, 8, 8});
  for (int round = 0; round < 100; ++round) {
    const auto slot = pair.router->Open(1);
    ASSERT_TRUE(slot);
    pair.router->Write(*slot, FrameType::kHead, Bytes(Pattern(5000)));
    pair.router->Close(*slot);
  }
  EXPECT_EQ(pair.worker->TryTake(), nullptr);
  pair.Send(2);
  EXPECT_EQ(pair.worker->TryTake()->request_id(), 2U);
}

TEST(Exchange, oldest_assigned_is_taken_first) {
  ChannelPair pair({8, 1, 8, 8});
  for (uint64_t id = 1; id <= 5; ++id) pair.Send(id);
  for (uint64_t id = 1; id <= 5; ++id) EXPECT_EQ(pair.worker->TryTake()->request_id(), id);
}

TEST(Exchange, time_of_taking_lies_between_assignment_and_now) {
  ChannelPair pair({1, 1, 8, 8});
  const base::Nanoseconds before = base::MonotonicNow();
  const SlotIndex slot = pair.Send(1);
  const Exchange* exchange = pair.worker->TryTake();
  EXPECT_EQ(pair.router->TakenAt(slot), exchange->taken_at());
  EXPECT_GE(exchange->taken_at(), before);
  pair.mapping->slot(slot).taken_at = 5;  // a worker that lies
  EXPECT_GE(pair.router->TakenAt(slot), before);
  pair.mapping->slot(slot).taken_at = INT64_MAX;
  const base::Nanoseconds taken_at = pair.router->TakenAt(slot);
  EXPECT_LE(taken_at, base::MonotonicNow());
}

TEST(Exchange, times_travel_with_what_is_published_next) {
  ChannelPair pair({1, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  Exchange* exchange = pair.worker->TryTake();
  EXPECT_EQ(pair.router->Times(slot), RequestTimes());
  exchange->Write(FrameType::kHead, Bytes("head"));
  exchange->ReportTimes({.gil_wait = 1, .cpu = 2, .run_queue = -1});
  exchange->Flush();
  Frame frame;
  ASSERT_EQ(pair.router->Read(slot, frame), ReadStatus::kFrame);
  EXPECT_EQ(pair.router->Times(slot), (RequestTimes{1, 2, -1}));
  exchange->ReportTimes({.gil_wait = 4, .cpu = 5, .run_queue = 6});
  exchange->Finish();
  ASSERT_EQ(pair.router->Read(slot, frame), ReadStatus::kFrame);
  ASSERT_EQ(frame.type, FrameType::kEnd);
  EXPECT_EQ(pair.router->Times(slot), (RequestTimes{4, 5, 6}));
  pair.router->Close(slot);
  EXPECT_EQ(pair.router->Times(pair.Send(2)), RequestTimes());
}

TEST(Exchange, reported_times_lie_within_the_life_of_the_exchange) {
  ChannelPair pair({1, 1, 8, 8});
  const base::Nanoseconds before = base::MonotonicNow();
  const SlotIndex slot = pair.Send(1);
  Exchange* exchange = pair.worker->TryTake();
  exchange->ReportTimes({.gil_wait = INT64_MAX, .cpu = INT64_MIN, .run_queue = 0});
  const RequestTimes times = pair.router->Times(slot);
  EXPECT_LE(times.gil_wait, base::MonotonicNow() - before);
  EXPECT_EQ(times.cpu, -1);
  EXPECT_EQ(times.run_queue, 0);
}

TEST(Exchange, unread_response_bytes_are_counted) {
  ChannelPair pair({1, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  Exchange* exchange = pair.worker->TryTake();
  exchange->Write(FrameType::kData, Bytes(Pattern(3000)));
  exchange->Flush();
  Frame frame;
  EXPECT_EQ(pair.router->resident_bytes(), 0U);
  ASSERT_EQ(pair.router->Read(slot, frame), ReadStatus::kFrame);
  EXPECT_EQ(pair.router->resident_bytes(), 3008U);
  pair.router->Consume(slot);
  EXPECT_EQ(pair.router->resident_bytes(), 0U);
  exchange->Finish();
}

struct Arenas {
  uint32_t slots, blocks;
};
class BigBodies : public ::testing::TestWithParam<Arenas> {};

// Echoes a request of 2 MiB through arenas of a few blocks, both ways at once.
TEST_P(BigBodies, cross_tiny_arenas_by_credit) {
  ChannelPair pair({GetParam().slots, 2, GetParam().blocks, GetParam().blocks});
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&pair, thread] {
      ServeUntilClosed(*pair.worker, thread, [](Exchange& exchange) {
        exchange.Write(FrameType::kHead, Bytes(Pattern(10'000)));
        while (true) {
          const Frame frame = NextFrame(exchange);
          if (frame.type == FrameType::kEnd || frame.type == FrameType::kAbort) break;
          if (frame.type == FrameType::kData) WriteAll(exchange, Text(frame));
          exchange.Consume();
        }
        exchange.Finish();
      });
    });
  }
  struct Run {
    std::string body;
    size_t written = 0;
    bool ended = false;
    Response response;
  };
  std::vector<Run> runs(GetParam().slots);
  const auto feed = [&](SlotIndex slot) {
    Run& run = runs[slot];
    if (run.ended) return;
    const std::string_view rest = std::string_view(run.body).substr(run.written);
    run.written += pair.router->Write(slot, FrameType::kData, Bytes(rest));
    if (run.written == run.body.size()) {
      pair.router->Write(slot, FrameType::kEnd, {});
      run.ended = true;
    }
    pair.router->Publish(slot);
  };
  for (uint32_t i = 0; i < runs.size(); ++i) {
    const auto slot = pair.router->Open(i);
    ASSERT_TRUE(slot);
    runs[*slot].body = Pattern(2 << 20, i + 1);
    pair.router->Write(*slot, FrameType::kHead, Bytes(Pattern(10'000)));
    feed(*slot);
  }
  RouterLoop loop(*pair.router);
  EXPECT_TRUE(loop.RunUntil(
      [&] {
        return std::all_of(runs.begin(), runs.end(),
                           [](const Run& run) { return run.response.ended; });
      },
      [&](SlotIndex slot) {
        if (runs[slot].response.ended) return;
        feed(slot);
        Drain(*pair.router, slot, runs[slot].response);
      }));
  for (const Run& run : runs) {
    EXPECT_EQ(run.response.head, Pattern(10'000));
    EXPECT_TRUE(run.response.body == run.body);
  }
  pair.router.reset();
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Exchange, BigBodies,
                         ::testing::Values(Arenas{1, 1}, Arenas{2, 2}, Arenas{2, 5},
                                           Arenas{4, 64}));

}  // namespace
}  // namespace monoceros::channel::testing
