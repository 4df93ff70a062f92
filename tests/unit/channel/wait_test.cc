// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <csignal>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

uint32_t Sleepers(ChannelPair& pair) {
  uint32_t count = 0;
  for (const auto& word : pair.mapping->header().sleepers) {
    count += static_cast<uint32_t>(std::popcount(word.load()));
  }
  return count;
}

void AwaitSleepers(ChannelPair& pair, uint32_t count) {
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  while (Sleepers(pair) != count && base::MonotonicNow() < deadline) std::this_thread::yield();
  ASSERT_EQ(Sleepers(pair), count);
}

TEST(Wait, times_out) {
  ChannelPair pair({1, 1, 8, 8});
  const base::Nanoseconds before = base::MonotonicNow();
  EXPECT_EQ(pair.worker->Wait(0, 20 * base::kNanosecondsPerMillisecond).status,
            WaitStatus::kTimeout);
  EXPECT_GE(base::MonotonicNow() - before, 20 * base::kNanosecondsPerMillisecond);
  EXPECT_EQ(pair.worker->Wait(0, 0).status, WaitStatus::kTimeout);
  EXPECT_EQ(Sleepers(pair), 0U);
}

TEST(Wait, gives_what_is_there_without_sleeping) {
  ChannelPair pair({1, 1, 8, 8});
  pair.Send(3);
  const Taken taken = pair.worker->Wait(0, -1);
  ASSERT_EQ(taken.status, WaitStatus::kExchange);
  EXPECT_EQ(taken.exchange->request_id(), 3U);
}

TEST(Wait, a_poke_is_seen_once_by_every_thread_asleep_or_not) {
  ChannelPair pair({4, 3, 8, 8});
  std::atomic<int> pokes = 0;
  std::thread sleeping([&] { pokes += ServeUntilClosed(*pair.worker, 1, [](Exchange&) {}); });
  AwaitSleepers(pair, 1);
  Poker poker(pair.memory.get());
  poker.Poke();
  EXPECT_EQ(pair.worker->Wait(0, -1).status, WaitStatus::kPoked);
  EXPECT_EQ(pair.worker->Wait(0, 0).status, WaitStatus::kTimeout);
  EXPECT_EQ(pair.worker->Wait(2, -1).status, WaitStatus::kPoked);
  // The sleeping thread has seen it once it sleeps again, or is about to.
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  while (pair.worker->Wait(0, 0).status == WaitStatus::kTimeout && pokes == 0 &&
         base::MonotonicNow() < deadline) {
    if (Sleepers(pair) == 1) break;
    std::this_thread::yield();
  }
  poker.Close();
  sleeping.join();
  EXPECT_EQ(pokes, 1);
}

TEST(Wait, a_poke_of_one_thread_leaves_the_others_asleep) {
  ChannelPair pair({4, 3, 8, 8});
  std::vector<std::thread> threads;
  std::vector<int> pokes(3);
  for (uint32_t thread = 0; thread < 3; ++thread) {
    threads.emplace_back(
        [&, thread] { pokes[thread] = ServeUntilClosed(*pair.worker, thread, [](Exchange&) {}); });
  }
  AwaitSleepers(pair, 3);
  pair.worker->PokeThread(1);
  while ((pair.mapping->header().thread_words[1].load() & kWordPoked) != 0)
    std::this_thread::yield();
  pair.worker->Abandon();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pokes, (std::vector<int>{0, 1, 0}));
}

WorkerEnd* poked_by_signal = nullptr;

TEST(Wait, a_signal_handler_may_poke) {
  ChannelPair pair({1, 1, 8, 8});
  poked_by_signal = pair.worker.get();
  struct sigaction action{};
  action.sa_handler = [](int) { poked_by_signal->PokeThread(0); };
  ASSERT_EQ(::sigaction(SIGUSR2, &action, nullptr), 0);
  const pthread_t waiting = ::pthread_self();
  std::thread killer([&] {
    AwaitSleepers(pair, 1);
    ::pthread_kill(waiting, SIGUSR2);
  });
  EXPECT_EQ(pair.worker->Wait(0, kPatience).status, WaitStatus::kPoked);
  killer.join();
  ::signal(SIGUSR2, SIG_DFL);
}

TEST(Wait, the_lowest_sleeper_is_woken_so_that_few_threads_stay_warm) {
  constexpr uint32_t kThreads = 8;
  ChannelPair pair({kThreads, kThreads, 16, 16});
  std::vector<std::thread> threads;
  std::vector<std::atomic<int>> served(kThreads);
  for (uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      ServeUntilClosed(*pair.worker, thread, [&, thread](Exchange& exchange) {
        ++served[thread];
        exchange.Finish();
      });
    });
  }
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    AwaitSleepers(pair, kThreads);
    const SlotIndex slot = pair.Send(1);
    Response response;
    while (!response.ended) Drain(*pair.router, slot, response);
  }
  pair.router.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served[0], kRounds);
}

// Bursts of every size against threads that fall asleep all the time: nothing is left behind.
TEST(Wait, no_wake_up_is_lost_among_many_threads) {
  constexpr uint32_t kThreads = 70, kSlots = 96;
  ChannelPair pair({kSlots, kThreads, kSlots, kSlots});
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      ServeUntilClosed(*pair.worker, thread, [](Exchange& exchange) {
        exchange.Write(FrameType::kHead, Bytes("ok"));
        exchange.Finish();
      });
    });
  }
  RouterLoop loop(*pair.router);
  std::vector<Response> responses(kSlots);
  uint64_t sent = 0, ended = 0;
  const auto visit = [&](SlotIndex slot) {
    if (responses[slot].ended) return;
    Drain(*pair.router, slot, responses[slot]);
    ended += responses[slot].ended;
  };
  for (uint32_t round = 0; round < 600; ++round) {
    for (uint32_t burst = 1 + round % kSlots; burst > 0; --burst) {
      const auto slot = pair.router->Open(++sent);
      ASSERT_TRUE(slot);
      responses[*slot] = {};
      pair.router->Write(*slot, FrameType::kEnd, {});
      pair.router->Publish(*slot);
    }
    ASSERT_TRUE(loop.RunUntil([&] { return ended == sent; }, visit)) << "round " << round;
  }
  pair.router.reset();
  for (std::thread& thread : threads) thread.join();
}

// The next request comes when the only thread is about to fall asleep, at every distance from that.
TEST(Wait, no_wake_up_is_lost_by_a_single_thread) {
  ChannelPair pair({1, 1, 2, 2});
  std::thread thread(
      [&] { ServeUntilClosed(*pair.worker, 0, [](Exchange& exchange) { exchange.Finish(); }); });
  for (int round = 0; round < 60'000; ++round) {
    const SlotIndex slot = pair.Send(1);
    Response response;
    const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
    while (!response.ended && base::MonotonicNow() < deadline) Drain(*pair.router, slot, response);
    if (!response.ended) {
      ADD_FAILURE() << "lost in round " << round;
      break;
    }
    const base::Nanoseconds next = base::MonotonicNow() + round % 1500;
    while (base::MonotonicNow() < next) {
    }
  }
  pair.router.reset();
  thread.join();
}

TEST(Wait, closing_wakes_waits_inside_exchanges) {
  ChannelPair pair({2, 2, 2, 2});
  pair.Send(1, "head", false);
  pair.Send(2, "head", false);
  std::thread reading([&] {
    Exchange& exchange = *pair.worker->Wait(0, -1).exchange;
    while (exchange.Read()) {
    }
    EXPECT_FALSE(exchange.WaitReadable());
    exchange.Finish();
  });
  std::thread writing([&] {
    Exchange& exchange = *pair.worker->Wait(1, -1).exchange;
    EXPECT_FALSE(WriteAll(exchange, Pattern(100'000)));
    exchange.Finish();
  });
  const auto waiting = [&](uint32_t slot) { return pair.mapping->slot(slot).waiter.load() == 1; };
  while (!waiting(0) || !waiting(1)) std::this_thread::yield();
  Poker(pair.memory.get()).Close();
  reading.join();
  writing.join();
  EXPECT_TRUE(pair.worker->closed());
  EXPECT_EQ(pair.worker->Wait(0, -1).status, WaitStatus::kClosed);
}

}  // namespace
}  // namespace monoceros::channel::testing
