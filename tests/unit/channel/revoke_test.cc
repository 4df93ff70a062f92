// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

TEST(Revoke, takes_back_what_nobody_took) {
  ChannelPair pair({2, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  EXPECT_TRUE(pair.router->Revoke(slot));
  EXPECT_EQ(pair.worker->TryTake(), nullptr);
  EXPECT_FALSE(pair.router->Revoke(slot));
}

TEST(Revoke, comes_too_late_for_what_was_taken) {
  ChannelPair pair({2, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  ASSERT_NE(pair.worker->TryTake(), nullptr);
  EXPECT_FALSE(pair.router->Revoke(slot));
  EXPECT_FALSE(pair.router->broken());
}

TEST(Revoke, a_stale_entry_does_not_take_the_slots_next_exchange) {
  ChannelPair pair({1, 1, 8, 8});
  EXPECT_TRUE(pair.router->Revoke(pair.Send(1)));
  pair.Send(2);
  Exchange* exchange = pair.worker->TryTake();
  ASSERT_NE(exchange, nullptr);
  EXPECT_EQ(exchange->request_id(), 2U);
  EXPECT_EQ(pair.worker->TryTake(), nullptr);
}

TEST(Revoke, a_ring_full_of_revoked_entries_refuses_until_the_worker_passes_them) {
  ChannelPair pair({2, 1, 8, 8});
  int revoked = 0;
  while (const auto slot = pair.router->Open(1)) {
    pair.router->Publish(*slot);
    ASSERT_TRUE(pair.router->Revoke(*slot));
    ASSERT_LT(++revoked, 100);
  }
  EXPECT_EQ(revoked, 4);
  EXPECT_EQ(pair.worker->TryTake(), nullptr);
  pair.Send(7);
  EXPECT_EQ(pair.worker->TryTake()->request_id(), 7U);
}

// A worker that stalls with assigned exchanges: another one gets them, and each runs once.
TEST(Revoke, a_stalled_workers_exchanges_run_elsewhere) {
  ChannelPair stalled({4, 1, 8, 8}), other({4, 1, 8, 8});
  std::vector<SlotIndex> slots;
  for (uint64_t id = 1; id <= 3; ++id) slots.push_back(stalled.Send(id));
  Exchange* held = stalled.worker->TryTake();  // and stalls there
  ASSERT_EQ(held->request_id(), 1U);
  std::vector<uint64_t> moved;
  for (uint64_t id = 1; id <= 3; ++id) {
    if (!stalled.router->Revoke(slots[id - 1])) continue;
    moved.push_back(id);
    other.Send(id);
  }
  EXPECT_EQ(moved, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(other.worker->TryTake()->request_id(), 2U);
  EXPECT_EQ(other.worker->TryTake()->request_id(), 3U);
  held->Finish();
  EXPECT_EQ(stalled.worker->TryTake(), nullptr);
  Response response;
  Drain(*stalled.router, slots[0], response);
  EXPECT_TRUE(response.ended);
}

// Router and worker race for every exchange: it is revoked or it runs, never both or neither.
TEST(Revoke, races_with_taking_have_one_winner) {
  constexpr uint64_t kExchanges = 20'000;
  ChannelPair pair({4, 3, 8, 8});
  std::vector<std::atomic<int>> runs(kExchanges);
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      ServeUntilClosed(*pair.worker, thread, [&runs](Exchange& exchange) {
        runs[exchange.request_id()].fetch_add(1);
        exchange.Finish();
      });
    });
  }
  std::vector<bool> revoked(kExchanges);
  RouterLoop loop(*pair.router);
  for (uint64_t id = 0; id < kExchanges; ++id) {
    std::optional<SlotIndex> slot;
    ASSERT_TRUE(loop.RunUntil([&] { return (slot = pair.router->Open(id)).has_value(); },
                              [](SlotIndex) {}));
    pair.router->Write(*slot, FrameType::kEnd, {});
    pair.router->Publish(*slot);
    pair.router->Ring();
    for (uint64_t spin = id % 64; spin > 0; --spin) std::this_thread::yield();
    revoked[id] = pair.router->Revoke(*slot);
    if (revoked[id]) continue;
    Response response;
    const auto drain = [&](SlotIndex) {
      if (!response.ended) Drain(*pair.router, *slot, response);
    };
    ASSERT_TRUE(loop.RunUntil(
        [&] {
          drain(0);
          return response.ended;
        },
        drain));
  }
  pair.router.reset();
  for (std::thread& thread : threads) thread.join();
  uint64_t revocations = 0;
  for (uint64_t id = 0; id < kExchanges; ++id) {
    ASSERT_EQ(runs[id], revoked[id] ? 0 : 1) << id;
    revocations += revoked[id];
  }
  EXPECT_GT(revocations, 0U);
  EXPECT_LT(revocations, kExchanges);
}

}  // namespace
}  // namespace monoceros::channel::testing
