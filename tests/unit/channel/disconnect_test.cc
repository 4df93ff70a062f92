// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

// The application streams without end; the client leaves midway.
TEST(Disconnect, ends_a_writer_that_waits_for_credit) {
  ChannelPair pair({2, 1, 4, 4});
  std::thread thread([&] {
    ServeUntilClosed(*pair.worker, 0, [](Exchange& exchange) {
      exchange.Write(FrameType::kHead, Bytes("200"));
      while (WriteAll(exchange, Pattern(10'000))) {
      }
      EXPECT_TRUE(exchange.disconnected());
      EXPECT_EQ(exchange.Write(FrameType::kData, Bytes("thrown away")), 11U);
      exchange.Finish();
    });
  });
  const SlotIndex slot = pair.Send(1);
  RouterLoop loop(*pair.router);
  Response response;
  const auto visit = [&](SlotIndex) {
    if (!response.ended) Drain(*pair.router, slot, response);
  };
  ASSERT_TRUE(loop.RunUntil([&] { return response.body.size() > 100'000; }, visit));
  pair.router->Disconnect(slot);
  ASSERT_TRUE(loop.RunUntil([&] { return response.ended; }, visit));
  EXPECT_FALSE(pair.router->broken());
  pair.Send(2);  // the slot carries the next one
  response = {};
  ASSERT_TRUE(loop.RunUntil([&] { return response.body.size() > 20'000; }, visit));
  pair.router.reset();
  thread.join();
}

TEST(Disconnect, of_one_half_is_told_and_the_response_still_goes_out) {
  ChannelPair pair({1, 0, 4, 4});
  const SlotIndex slot = pair.Send(1);
  Exchange& exchange = *pair.worker->TryTake();
  EXPECT_FALSE(exchange.half_closed());
  pair.router->HalfClose(slot);
  int visits = 0;
  pair.worker->CollectDirty([&](Exchange&) { ++visits; });
  EXPECT_EQ(visits, 1);
  EXPECT_TRUE(exchange.half_closed());
  EXPECT_FALSE(exchange.disconnected());
  exchange.Write(FrameType::kHead, Bytes("200"));
  exchange.Finish();
  Response response;
  Drain(*pair.router, slot, response);
  EXPECT_TRUE(response.ended);
  EXPECT_FALSE(response.aborted);
}

TEST(Disconnect, of_one_half_comes_before_that_of_both) {
  ChannelPair pair({1, 0, 4, 4});
  const SlotIndex slot = pair.Send(1);
  Exchange& exchange = *pair.worker->TryTake();
  pair.router->Disconnect(slot);
  pair.router->HalfClose(slot);
  EXPECT_TRUE(exchange.disconnected());
  EXPECT_TRUE(exchange.half_closed());
}

TEST(Disconnect, ends_a_reader_that_waits_for_the_body) {
  ChannelPair pair({1, 1, 4, 4});
  const SlotIndex slot = pair.Send(1, "head", false);
  std::thread thread([&] {
    Exchange& exchange = *pair.worker->Wait(0, -1).exchange;
    EXPECT_EQ(Text(*exchange.Read()), "head");
    EXPECT_FALSE(exchange.Read());
    EXPECT_FALSE(exchange.WaitReadable());
    EXPECT_TRUE(exchange.disconnected());
    exchange.Abort();
  });
  while (pair.mapping->slot(slot).waiter.load() == 0) std::this_thread::yield();
  pair.router->Disconnect(slot);
  pair.router->Ring();
  Response response;
  RouterLoop loop(*pair.router);
  EXPECT_TRUE(loop.RunUntil([&] { return response.ended; },
                            [&](SlotIndex) { Drain(*pair.router, slot, response); }));
  EXPECT_TRUE(response.aborted);
  thread.join();
}

// A head that was only partly out when the client left still arrives whole, and the end after it.
TEST(Disconnect, leaves_the_stream_well_formed) {
  ChannelPair pair({2, 0, 2, 2});
  const SlotIndex slot = pair.Send(1);
  Exchange& exchange = *pair.worker->TryTake();
  exchange.Write(FrameType::kHead, Bytes(Pattern(30'000)));
  exchange.Flush();
  pair.router->Disconnect(slot);
  exchange.Write(FrameType::kData, Bytes("unwanted"));
  exchange.Finish();
  Response response;
  for (int turn = 0; turn < 100 && !response.ended; ++turn) {
    Drain(*pair.router, slot, response);
    pair.router->Ring();
    pair.worker->CollectDirty([](Exchange&) { FAIL() << "it was finished"; });
  }
  EXPECT_TRUE(response.ended);
  EXPECT_EQ(response.head, Pattern(30'000));
  EXPECT_EQ(response.body, "");
  EXPECT_FALSE(pair.router->broken());
}

}  // namespace
}  // namespace monoceros::channel::testing
