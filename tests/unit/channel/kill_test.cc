// SPDX-License-Identifier: Apache-2.0
// Either side is killed at every step of the protocol. An oracle by request id, in memory that
// outlives all, says what ran: at most once, and exactly once unless its worker died holding it.
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include <csignal>

#include "kill_dispatcher.h"
#include "kill_support.h"

namespace monoceros::channel::testing {
namespace {

constexpr int kKills = 20;
constexpr int kKilled = 256 + SIGKILL;
constexpr uint64_t kAfterwards = 12;  // requests that must work when all is over
constexpr uint64_t kEndless = Oracle::kMaxIds / 2;

struct Step {
  KillPoint point;
  Kind kind;
};

Shape ShapeOf(Kind kind) { return {4, kind == Kind::kLoop ? 0U : 2U, 4, 4}; }

class KilledWorker : public ::testing::TestWithParam<Step> {};

// One worker dies at the step while requests flow; the next gets what it had not taken.
void KillWorkerOnce(const Step& step, int nth) {
  Oracle oracle;
  NewChannel first = Create(ShapeOf(step.kind)), second = Create(ShapeOf(step.kind));
  const pid_t victim = Spawn([&] {
    SetTrap(step.point, nth);
    std::vector<WorkerFds> channels;
    channels.push_back(std::move(first.worker));
    return RunWorker(step.kind, std::move(channels), oracle);
  });
  const pid_t heir = Spawn([&] {
    std::vector<WorkerFds> channels;
    channels.push_back(std::move(second.worker));
    return RunWorker(step.kind, std::move(channels), oracle);
  });
  KillDispatcher dispatcher;
  dispatcher.Use(std::move(first.router));
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  uint64_t next_id = 1;
  int status = 0;
  while (::waitpid(victim, &status, WNOHANG) == 0 && base::MonotonicNow() < deadline) {
    dispatcher.Turn(next_id, kEndless);
  }
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the step was not reached";
  dispatcher.WorkerDied();
  dispatcher.Use(std::move(second.router));
  const uint64_t end_id = next_id + kAfterwards;
  while ((next_id < end_id || !dispatcher.idle()) && base::MonotonicNow() < deadline) {
    dispatcher.Turn(next_id, end_id);
  }
  EXPECT_TRUE(dispatcher.idle()) << "a request was forgotten";
  EXPECT_FALSE(dispatcher.broken());
  dispatcher.WorkerDied();  // closes the channel
  EXPECT_EQ(Await(heir), 0);
  for (uint64_t id = 1; id < end_id; ++id) {
    const bool lost = dispatcher.lost().contains(id);
    EXPECT_NE(lost, dispatcher.done().contains(id)) << id;
    EXPECT_LE(oracle.started(id), 1) << id;
    if (!lost) {
      EXPECT_EQ(oracle.started(id), 1) << id;
    }
  }
  // No more than it could hold.
  EXPECT_LE(dispatcher.lost().size(), step.kind == Kind::kBlocking ? 2U : 4U);
}

TEST_P(KilledWorker, loses_only_what_it_held) {
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
    SCOPED_TRACE(kill);
    KillWorkerOnce(GetParam(), 1 + 2 * kill);
  }
}

class KilledRouter : public ::testing::TestWithParam<Step> {};

// The router dies at the step; the worker ends what it had taken, once, and serves the next.
void KillRouterOnce(const Step& step, int nth) {
  Oracle oracle;
  NewChannel first = Create(ShapeOf(step.kind)), second = Create(ShapeOf(step.kind));
  const pid_t worker = Spawn([&] {
    std::vector<WorkerFds> channels;
    channels.push_back(std::move(first.worker));
    channels.push_back(std::move(second.worker));
    return RunWorker(step.kind, std::move(channels), oracle);
  });
  const pid_t victim = Spawn([&] {
    SetTrap(step.point, nth);
    KillDispatcher dispatcher;
    dispatcher.Use(std::move(first.router));
    const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
    uint64_t next_id = 1;
    while (!dispatcher.broken() && base::MonotonicNow() < deadline) {
      dispatcher.Turn(next_id, kEndless);
    }
    return 1;
  });
  ASSERT_EQ(Await(victim), kKilled) << "the step was not reached";
  Poker(first.memory.get()).Close();
  ::eventfd_write(first.worker.worker_bell.get(), 1);
  KillDispatcher dispatcher;
  dispatcher.Use(std::move(second.router));
  uint64_t next_id = kEndless;
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  while ((next_id < kEndless + kAfterwards || !dispatcher.idle()) &&
         base::MonotonicNow() < deadline) {
    dispatcher.Turn(next_id, kEndless + kAfterwards);
  }
  EXPECT_EQ(dispatcher.done().size(), kAfterwards);
  EXPECT_FALSE(dispatcher.broken());
  dispatcher.WorkerDied();  // closes the channel
  EXPECT_EQ(Await(worker), 0);
  for (uint64_t id = 1; id < kEndless + kAfterwards; ++id) {
    const int started = oracle.started(id);
    if (started > 1 || started != oracle.finished(id)) ADD_FAILURE() << id << " ran " << started;
    if (id >= kEndless && started != 1) ADD_FAILURE() << id << " did not run";
  }
}

TEST_P(KilledRouter, leaves_a_worker_that_goes_on) {
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
    SCOPED_TRACE(kill);
    KillRouterOnce(GetParam(), 1 + 2 * kill);
  }
}

std::vector<Step> StepsOf(const std::vector<KillPoint>& common, KillPoint blocking,
                          std::vector<KillPoint> loop) {
  std::vector<Step> steps;
  for (const KillPoint point : common) {
    steps.push_back({point, Kind::kBlocking});
    steps.push_back({point, Kind::kLoop});
  }
  steps.push_back({blocking, Kind::kBlocking});
  for (const KillPoint point : loop) steps.push_back({point, Kind::kLoop});
  return steps;
}

std::string NameOf(const ::testing::TestParamInfo<Step>& info) {
  return std::string(info.param.kind == Kind::kLoop ? "loop" : "blocking") + "_point_" +
         std::to_string(static_cast<int>(info.param.point));
}

using enum KillPoint;

INSTANTIATE_TEST_SUITE_P(
    Channel, KilledRouter,
    ::testing::ValuesIn(StepsOf({kOpened, kSlotReset, kRequestWritten, kRequestPublished, kAssigned,
                                 kInRing, kRang, kRevoked, kResponseRead, kResponseAcked,
                                 kDisconnectStored, kClosed, kRouterAnnounced, kDirtyTaken},
                                kSleeperChosen, {})),
    NameOf);

INSTANTIATE_TEST_SUITE_P(Channel, KilledWorker, ::testing::ValuesIn([] {
                           auto steps =
                               StepsOf({kPopped, kTaken, kTakenStamped, kRequestRead, kRequestAcked,
                                        kResponseWritten, kResponsePublished, kDirtyMarked,
                                        kRouterRung, kEndPublished},
                                       kSleepAnnounced, {kLoopAnnounced, kDirtyTaken});
                           steps.push_back({kWaiting, Kind::kBlocking});
                           return steps;
                         }()),
                         NameOf);

}  // namespace
}  // namespace monoceros::channel::testing
