// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <map>
#include <set>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

// A worker of a loop class: one thread that waits on the bell and runs many exchanges at once.
class LoopWorker {
 public:
  // `run` gets new exchanges and those with news.
  LoopWorker(WorkerEnd& worker, std::function<void(Exchange&)> run)
      : worker_(worker), run_(std::move(run)), thread_([this] { Run(); }) {}
  ~LoopWorker() {
    worker_.Abandon();
    thread_.join();
  }
  int sleeps() const { return sleeps_; }

 private:
  void Run() {
    while (!worker_.closed()) {
      worker_.CollectDirty(run_);
      while (Exchange* exchange = worker_.TryTake()) run_(*exchange);
      if (!worker_.PrepareToSleep()) continue;
      ++sleeps_;
      pollfd wanted{worker_.bell(), POLLIN, 0};
      ::poll(&wanted, 1, -1);
      worker_.WokeUp();
    }
  }

  WorkerEnd& worker_;
  std::function<void(Exchange&)> run_;
  std::atomic<int> sleeps_ = 0;
  std::thread thread_;
};

TEST(Loop, runs_a_thousand_exchanges_at_once) {
  constexpr uint32_t kSlots = 1000;
  ChannelPair pair({kSlots, 0, 64, 64});
  std::set<Exchange*> open;
  LoopWorker worker(*pair.worker, [&](Exchange& exchange) {
    open.insert(&exchange);
    if (open.size() < kSlots) return;  // none ends before all run
    for (Exchange* each : open) {
      each->Write(FrameType::kHead, Bytes("200"));
      each->Write(FrameType::kData, Bytes(std::to_string(each->request_id())));
      each->Finish();
    }
    open.clear();
  });
  RouterLoop loop(*pair.router);
  for (int round = 0; round < 5; ++round) {
    std::vector<Response> responses(kSlots);
    std::vector<uint64_t> ids(kSlots);
    size_t ended = 0;
    for (uint32_t i = 0; i < kSlots; ++i) {
      const SlotIndex slot = *pair.router->Open(round * kSlots + i);
      ids[slot] = round * kSlots + i;
      pair.router->Write(slot, FrameType::kHead, Bytes("GET /"));
      pair.router->Write(slot, FrameType::kEnd, {});
      pair.router->Publish(slot);
      if (i % 100 == 0) pair.router->Ring();
    }
    EXPECT_FALSE(pair.router->Open(1));
    ASSERT_TRUE(loop.RunUntil([&] { return ended == kSlots; },
                              [&](SlotIndex slot) {
                                if (responses[slot].ended) return;
                                Drain(*pair.router, slot, responses[slot]);
                                ended += responses[slot].ended;
                              }));
    for (uint32_t slot = 0; slot < kSlots; ++slot) {
      EXPECT_EQ(responses[slot].body, std::to_string(ids[slot]));
    }
  }
  pair.router.reset();
}

// Server-sent events: long-lived streams give a little at a time; a quiet one holds no block.
TEST(Loop, streams_that_trickle_both_ways_run_long_in_a_small_arena) {
  constexpr uint32_t kSlots = 50;
  constexpr int kTicks = 3000;
  ChannelPair pair({kSlots, 0, kSlots, kSlots});
  std::map<uint32_t, std::string> unsent;
  LoopWorker worker(*pair.worker, [&unsent](Exchange& exchange) {
    std::string& echo = unsent[exchange.slot()];
    bool ended = false;
    while (const auto frame = exchange.Read()) {
      if (frame->type == FrameType::kData) echo += Text(*frame);
      ended = ended || frame->type == FrameType::kEnd;
    }
    exchange.Consume();
    echo.erase(0, exchange.Write(FrameType::kData, Bytes(echo)));
    exchange.Flush();
    if (ended) exchange.Finish();
  });
  std::vector<Response> responses(kSlots);
  std::vector<std::string> sent(kSlots);
  for (uint32_t i = 0; i < kSlots; ++i) pair.Send(i, "head", false);
  RouterLoop loop(*pair.router);
  const auto visit = [&](SlotIndex slot) {
    if (!responses[slot].ended) Drain(*pair.router, slot, responses[slot]);
  };
  for (int tick = 0; tick < kTicks; ++tick) {
    const SlotIndex slot = static_cast<SlotIndex>(tick) % kSlots;
    const std::string text = "tick " + std::to_string(tick) + Pattern(tick % 700);
    sent[slot] += text;
    size_t written = 0;
    ASSERT_TRUE(loop.RunUntil(
        [&] {
          written += pair.router->Write(slot, FrameType::kData,
                                        Bytes(std::string_view(text).substr(written)));
          pair.router->Publish(slot);
          pair.router->Ring();
          return responses[slot].body.size() == sent[slot].size();
        },
        visit));
  }
  for (uint32_t slot = 0; slot < kSlots; ++slot) {
    EXPECT_TRUE(responses[slot].body == sent[slot]);
    pair.router->Write(slot, FrameType::kEnd, {});
    pair.router->Publish(slot);
  }
  ASSERT_TRUE(loop.RunUntil(
      [&] {
        return std::all_of(responses.begin(), responses.end(),
                           [](const Response& response) { return response.ended; });
      },
      visit));
  pair.router.reset();
}

// An upgraded stream: after the head, bytes cross in both directions independently of each other,
// each side faster than the other at times, and neither end closes the other.
TEST(Loop, an_upgraded_tunnel_carries_bytes_both_ways) {
  constexpr size_t kBytes = 3 << 20;
  ChannelPair pair({4, 0, 16, 16});
  const std::string up = Pattern(kBytes, 1), down = Pattern(kBytes, 2);
  std::string received_up;
  size_t sent_down = 0;
  LoopWorker worker(*pair.worker, [&](Exchange& exchange) {
    bool closed_by_client = false;
    while (const auto frame = exchange.Read()) {
      if (frame->type == FrameType::kHead) exchange.Write(FrameType::kHead, Bytes("101"));
      if (frame->type == FrameType::kData) received_up += Text(*frame);
      closed_by_client = closed_by_client || frame->type == FrameType::kEnd;
    }
    exchange.Consume();
    sent_down += exchange.Write(FrameType::kData, Bytes(std::string_view(down).substr(sent_down)));
    exchange.Flush();
    if (closed_by_client) exchange.Finish();
  });
  const SlotIndex slot = pair.Send(1, "Upgrade: websocket", false);
  size_t sent_up = 0;
  bool ended_up = false;
  Response response;
  RouterLoop loop(*pair.router);
  EXPECT_TRUE(loop.RunUntil(
      [&] { return response.ended; },
      [&](SlotIndex) {
        if (response.ended) return;
        sent_up +=
            pair.router->Write(slot, FrameType::kData, Bytes(std::string_view(up).substr(sent_up)));
        Drain(*pair.router, slot, response);
        if (response.ended) return;
        // The client closes once it has got everything.
        if (sent_up == kBytes && response.body.size() == kBytes && !ended_up) {
          pair.router->Write(slot, FrameType::kEnd, {});
          ended_up = true;
        }
        pair.router->Publish(slot);
      }));
  EXPECT_EQ(response.head, "101");
  EXPECT_TRUE(response.body == down);
  EXPECT_TRUE(received_up == up);
  pair.router.reset();
}

// A quiet stream costs no memory on either side, and goes on where it stopped.
TEST(Loop, a_stream_that_is_quiet_holds_no_block_after_two_trims) {
  constexpr uint32_t kSlots = 8;
  ChannelPair pair({kSlots, 0, 64, 64});
  std::map<SlotIndex, Exchange*> open;
  for (uint32_t i = 0; i < kSlots; ++i) pair.Send(i, "head", false);
  while (Exchange* exchange = pair.worker->TryTake()) open[exchange->slot()] = exchange;
  ASSERT_EQ(open.size(), kSlots);
  const auto resident = [&] {
    struct stat status{};
    EXPECT_EQ(::fstat(pair.memory.get(), &status), 0);
    return status.st_blocks * 512;
  };
  const auto cross = [&](const std::string& text) {
    for (const auto& [slot, exchange] : open) {
      pair.router->Write(slot, FrameType::kData, Bytes(text));
      pair.router->Publish(slot);
      std::string up;
      while (const auto frame = exchange->Read()) up += Text(*frame);
      exchange->Consume();
      EXPECT_TRUE(up.ends_with(text));
      exchange->Write(FrameType::kData, Bytes(text));
      exchange->Flush();
      Response response;
      Drain(*pair.router, slot, response);
      EXPECT_TRUE(response.body == text);
    }
  };
  const auto trim = [&] {
    pair.router->Trim();
    pair.worker->Trim();
  };
  trim();
  trim();
  const auto empty = resident();
  for (int round = 0; round < 3; ++round) {
    cross(Pattern(3000, static_cast<uint64_t>(round)));
    EXPECT_GT(resident(), empty);
    trim();
    trim();
    EXPECT_LE(resident(), empty);
  }
  for (const auto& [slot, exchange] : open) exchange->Finish();
}

TEST(Loop, finishing_never_blocks_the_loop) {
  ChannelPair pair({2, 0, 2, 2});
  const SlotIndex slot = pair.Send(1);
  Exchange& exchange = *pair.worker->TryTake();
  exchange.Write(FrameType::kHead, Bytes(Pattern(50'000)));
  exchange.Finish();  // in this thread: it would hang
  Response response;
  for (int turn = 0; turn < 100 && !response.ended; ++turn) {
    Drain(*pair.router, slot, response);
    pair.router->Ring();
    pair.worker->CollectDirty([](Exchange&) { FAIL(); });
  }
  EXPECT_TRUE(response.ended);
  EXPECT_EQ(response.head, Pattern(50'000));
}

TEST(Loop, the_bell_rings_only_for_a_loop_that_sleeps) {
  ChannelPair pair({4, 0, 8, 8});
  const auto rung = [&] {
    pollfd wanted{pair.worker->bell(), POLLIN, 0};
    return ::poll(&wanted, 1, 0) == 1;
  };
  pair.Send(1);
  EXPECT_FALSE(rung());
  EXPECT_FALSE(pair.worker->PrepareToSleep());
  ASSERT_NE(pair.worker->TryTake(), nullptr);
  ASSERT_TRUE(pair.worker->PrepareToSleep());
  const SlotIndex second = pair.Send(2, "head", false);
  EXPECT_TRUE(rung());
  pair.worker->WokeUp();
  EXPECT_FALSE(rung());
  ASSERT_NE(pair.worker->TryTake(), nullptr);
  ASSERT_TRUE(pair.worker->PrepareToSleep());
  pair.router->Write(second, FrameType::kData, Bytes("body"));
  pair.router->Publish(second);
  EXPECT_FALSE(rung());
  pair.router->Ring();
  EXPECT_TRUE(rung());
}

TEST(Loop, the_router_is_rung_only_when_it_sleeps_and_not_for_a_mere_taking) {
  ChannelPair pair({4, 0, 8, 8});
  const auto rung = [&] {
    pollfd wanted{pair.router->bell(), POLLIN, 0};
    return ::poll(&wanted, 1, 0) == 1;
  };
  pair.Send(1);
  ASSERT_TRUE(pair.router->PrepareToSleep());
  Exchange& exchange = *pair.worker->TryTake();
  EXPECT_FALSE(rung());
  exchange.Finish();
  EXPECT_TRUE(rung());
  pair.router->WokeUp();
  EXPECT_FALSE(pair.router->PrepareToSleep());
}

TEST(Loop, the_router_is_rung_for_credit_only_when_more_of_the_request_is_to_come) {
  for (const bool whole : {true, false}) {
    ChannelPair pair({4, 0, 8, 8});
    pair.Send(1, "head", whole);
    ASSERT_TRUE(pair.router->PrepareToSleep());
    Exchange& exchange = *pair.worker->TryTake();
    ASSERT_EQ(exchange.Read()->type, FrameType::kHead);
    exchange.Consume();
    pollfd wanted{pair.router->bell(), POLLIN, 0};
    EXPECT_EQ(::poll(&wanted, 1, 0), whole ? 0 : 1);
    exchange.Finish();
  }
}

TEST(Loop, a_body_before_the_end_is_still_worth_a_ring) {
  ChannelPair pair({4, 0, 8, 8});
  const SlotIndex slot = pair.Send(1, "head", false);
  pair.router->Write(slot, FrameType::kData, Bytes("body"));
  pair.router->Write(slot, FrameType::kEnd, {});
  pair.router->Publish(slot);
  ASSERT_TRUE(pair.router->PrepareToSleep());
  Exchange& exchange = *pair.worker->TryTake();
  ASSERT_EQ(exchange.Read()->type, FrameType::kHead);
  exchange.Consume();
  pollfd wanted{pair.router->bell(), POLLIN, 0};
  EXPECT_EQ(::poll(&wanted, 1, 0), 1);
  exchange.Finish();
}

}  // namespace
}  // namespace monoceros::channel::testing
