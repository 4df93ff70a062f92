// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <random>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

enum class Side { kRouter, kWorker };

// Overwrites a few random words of what one side may write, with numbers of every size.
class Vandal {
 public:
  Vandal(Mapping& mapping, Side side, uint64_t seed)
      : mapping_(mapping), side_(side), random_(seed) {}

  void Strike() {
    for (uint64_t words = 1 + random_() % 8; words > 0; --words) StrikeOnce();
  }

 private:
  uint64_t Number() {
    switch (random_() % 6) {
      case 0:
        return 0;
      case 1:
        return random_() % 16;
      case 2:
        return random_() % 5000 & ~uint64_t{7};
      case 3:
        return UINT64_MAX - random_() % 16;
      case 4:
        return Tagged(random_() % 300, random_() % 4);
      default:
        return random_();
    }
  }

  void StrikeOnce() {
    const bool router = side_ == Side::kRouter;
    Slot& slot = mapping_.slot(static_cast<uint32_t>(random_() % mapping_.shape().slots));
    StreamOut& out = router ? slot.request : slot.response;
    Header& header = mapping_.header();
    switch (random_() % 9) {
      case 0:
        slot.state.store(Number());
        break;
      case 1:
        out.published.store(Number());
        break;
      case 2:
        out.restart_position.store(Number());
        break;
      case 3:
        out.restart_block.store(static_cast<uint32_t>(Number()));
        break;
      case 4:
        (router ? slot.response_acked : slot.request_acked).store(Number());
        break;
      case 5:
        (router ? header.ring_tail : header.ring_head).store(Number());
        break;
      case 6:
        (router ? header.news : header.dirty).words[random_() % 64].store(Number());
        break;
      case 7:
        (router ? header.news : header.dirty).summary.store(Number());
        break;
      default:
        StrikeBlock();
    }
    if (router) mapping_.ring_entry(random_()).store(Number());
  }

  void StrikeBlock() {
    const auto blocks =
        side_ == Side::kRouter ? mapping_.request_blocks() : mapping_.response_blocks();
    Block& block = blocks[random_() % blocks.size()];
    if (random_() % 2 == 0) {
      block.next.store(static_cast<uint32_t>(Number()));
    } else {
      const uint64_t number = Number();
      std::memcpy(block.payload + random_() % 64 * 8, &number, sizeof number);
    }
  }

  Mapping& mapping_;
  Side side_;
  std::mt19937_64 random_;
};

// Whatever the views say must be readable.
uint64_t Touch(const Frame& frame) {
  uint64_t sum = 0;
  for (const std::byte byte : frame.payload) sum += static_cast<uint64_t>(byte);
  return sum;
}

// A router against a worker that wrote garbage: it neither crashes nor hangs.
void RunRouter(ChannelPair& pair, Vandal& vandal, std::mt19937_64& random) {
  std::vector<SlotIndex> open;
  const auto visit = [&](SlotIndex slot) {
    if (std::find(open.begin(), open.end(), slot) == open.end()) return;
    Frame frame;
    bool ended = false;
    while (!ended && pair.router->Read(slot, frame) == ReadStatus::kFrame) {
      Touch(frame);
      ended = frame.type == FrameType::kEnd || frame.type == FrameType::kAbort;
    }
    pair.router->Consume(slot);
    if (!ended) return;
    pair.router->Close(slot);
    std::erase(open, slot);
  };
  std::vector<Exchange*> running;
  for (int turn = 0; turn < 60 && !pair.router->broken(); ++turn) {
    if (const auto slot = pair.router->Open(random())) {
      open.push_back(*slot);
      pair.router->Write(*slot, FrameType::kHead, Bytes(Pattern(random() % 9000)));
      pair.router->Publish(*slot);
    }
    // An honest worker at work underneath, so that the garbage meets every state.
    if (Exchange* exchange = pair.worker->TryTake()) running.push_back(exchange);
    if (!running.empty()) {
      running.back()->Write(FrameType::kData, Bytes(Pattern(random() % 9000)));
      running.back()->Flush();
      if (random() % 3 == 0) {
        running.back()->Finish();
        running.pop_back();
      }
    }
    if (random() % 4 == 0) vandal.Strike();
    pair.router->Ring();
    pair.router->CollectDirty(visit);
    for (const SlotIndex slot : open) {
      pair.router->Write(slot, FrameType::kData, Bytes(Pattern(random() % 5000)));
      pair.router->Publish(slot);
      pair.router->Credit(slot);
      pair.router->TakenAt(slot);
    }
    if (!open.empty() && random() % 5 == 0 && pair.router->Revoke(open.back())) open.pop_back();
    pair.router->PrepareToSleep();
    pair.router->WokeUp();
  }
}

TEST(Hostile, router_survives_a_worker_that_writes_garbage) {
  int broken = 0;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    ChannelPair pair({6, 0, 12, 12});
    std::mt19937_64 random(seed);
    Vandal vandal(*pair.mapping, Side::kWorker, seed);
    RunRouter(pair, vandal, random);
    broken += pair.router->broken();
  }
  EXPECT_GT(broken, 1000);  // nearly always it is noticed, too
}

TEST(Hostile, worker_survives_a_router_that_writes_garbage) {
  int closed = 0;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    ChannelPair pair({6, 0, 12, 12});
    std::mt19937_64 random(seed);
    Vandal vandal(*pair.mapping, Side::kRouter, seed);
    std::vector<Exchange*> running;
    const auto serve = [&](Exchange& exchange) {
      while (const auto frame = exchange.Read()) {
        Touch(*frame);
        if (frame->type == FrameType::kAbort) break;
      }
      exchange.Consume();
      exchange.Write(FrameType::kData, Bytes(Pattern(random() % 9000)));
      exchange.Flush();
    };
    for (int turn = 0; turn < 60 && !pair.worker->closed(); ++turn) {
      if (const auto slot = pair.router->Open(turn)) {
        pair.router->Write(*slot, FrameType::kHead, Bytes(Pattern(random() % 9000)));
        pair.router->Publish(*slot);
      }
      vandal.Strike();
      while (Exchange* exchange = pair.worker->TryTake()) running.push_back(exchange);
      pair.worker->CollectDirty(serve);
      for (Exchange* exchange : running) serve(*exchange);
      if (!running.empty() && random() % 3 == 0) {
        running.back()->Finish();
        running.pop_back();
      }
      pair.worker->PrepareToSleep();
      pair.worker->WokeUp();
      pair.worker->Trim();
    }
    closed += pair.worker->closed();
  }
  EXPECT_GT(closed, 1000);
}

TEST(Hostile, an_answer_to_what_nobody_took_is_a_violation) {
  ChannelPair pair({2, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  pair.mapping->slot(slot).response.published.store(8);
  Frame frame;
  EXPECT_EQ(pair.router->Read(slot, frame), ReadStatus::kViolation);
  EXPECT_TRUE(pair.router->broken());
  EXPECT_FALSE(pair.router->Open(2));
}

TEST(Hostile, a_ring_head_that_runs_ahead_is_noticed) {
  ChannelPair pair({2, 1, 8, 8});
  pair.mapping->header().ring_head.store(5);
  EXPECT_FALSE(pair.router->Open(1));
  EXPECT_TRUE(pair.router->broken());
}

TEST(Hostile, a_frame_that_never_ends_is_noticed) {
  ChannelPair pair({1, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  Exchange& exchange = *pair.worker->TryTake();
  exchange.Write(FrameType::kHead,
                 Bytes(std::string(StreamReader::kMaxJoinedBytes + 100'000, 'x')));
  std::thread thread([&] { exchange.Finish(); });
  Frame frame;
  ReadStatus status = ReadStatus::kEmpty;
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  while (status == ReadStatus::kEmpty && base::MonotonicNow() < deadline) {
    status = pair.router->Read(slot, frame);
    pair.router->Ring();
  }
  EXPECT_EQ(status, ReadStatus::kViolation);
  pair.worker->Abandon();
  thread.join();
}

TEST(Hostile, a_slot_given_away_twice_closes_the_channel) {
  ChannelPair pair({2, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  ASSERT_NE(pair.worker->TryTake(), nullptr);
  pair.mapping->slot(slot).state.store(Tagged(9, kStateAssigned));
  pair.mapping->ring_entry(1).store(Tagged(9, slot));
  pair.mapping->header().ring_tail.store(2);
  EXPECT_EQ(pair.worker->TryTake(), nullptr);
  EXPECT_TRUE(pair.worker->closed());
}

TEST(Hostile, a_breach_by_the_router_reads_as_an_abort) {
  ChannelPair pair({2, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  Exchange& exchange = *pair.worker->TryTake();
  pair.mapping->slot(slot).request.published.store(UINT64_MAX);
  EXPECT_EQ(exchange.Read()->type, FrameType::kAbort);
  EXPECT_TRUE(exchange.disconnected());
  exchange.Abort();
}

#ifndef __SANITIZE_THREAD__  // it cannot follow a fork with threads, and has no use here
// The same from another process that writes all the time, in the middle of everything.
TEST(Hostile, router_survives_garbage_written_at_any_instant) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    NewChannel created = Create({6, 0, 12, 12});
    const pid_t child = ::fork();
    if (child == 0) {
      auto mapping = *Mapping::Map(created.memory.get());
      for (Vandal vandal(*mapping, Side::kWorker, seed);;) vandal.Strike();
    }
    ChannelPair pair({1, 0, 1, 1});
    pair.router.reset();
    pair.worker.reset();
    pair.mapping = *Mapping::Map(created.memory.get());
    pair.router = std::make_unique<RouterChannel>(pair.mapping, std::move(created.router));
    pair.worker = std::make_unique<WorkerChannel>(pair.mapping, std::move(created.worker));
    std::mt19937_64 random(seed);
    Vandal idle(*pair.mapping, Side::kWorker, seed);
    RunRouter(pair, idle, random);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}
#endif

}  // namespace
}  // namespace monoceros::channel::testing
