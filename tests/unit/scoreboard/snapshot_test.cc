// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/snapshot.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <string_view>
#include <thread>

#include "scoreboard/thread_rows.h"

namespace monoceros::scoreboard {
namespace {

Scoreboard Board(uint32_t rows = 3, uint32_t threads = 2) {
  return Scoreboard::Open(Scoreboard::CreateMemory(rows, threads).value(), true).value();
}

void Use(WorkerRow& row, WorkerState state = WorkerState::kReady) {
  row.state = static_cast<uint32_t>(state);
}

void Write(ThreadRow& row, std::string_view request) {
  uint64_t words[14] = {};
  std::memcpy(words, request.data(), std::min(request.size(), sizeof words));
  for (size_t i = 0; i < std::size(words); ++i) row.request_text[i] = words[i];
}

TEST(Snapshot, an_empty_scoreboard_has_no_workers) {
  const Snapshot snapshot = Read(Board());
  EXPECT_TRUE(snapshot.workers.empty());
  EXPECT_GT(snapshot.taken_at, 0);
  EXPECT_EQ(snapshot.router.histograms[0].count(), 0u);
}

TEST(Snapshot, the_header_is_copied) {
  const Scoreboard board = Board();
  board.header().live_state = static_cast<uint32_t>(LiveState::kProgressing);
  board.header().restarts[static_cast<uint32_t>(RestartReason::kScale)] = 5;
  board.header().draining = 1;
  board.header().worker_class[0] = 's';
  board.header().cgroup_limit = 7;
  const HeaderCopy header = Read(board).header;
  EXPECT_EQ(header.live_state, LiveState::kProgressing);
  EXPECT_EQ(header.restarts[8], 5u);
  EXPECT_TRUE(header.draining);
  EXPECT_EQ(header.worker_class, "s");
  EXPECT_EQ(header.cgroup_limit, 7u);
}

TEST(Snapshot, the_router_is_copied_with_its_histograms) {
  const Scoreboard board = Board();
  board.router().by_state[3] = 4;
  board.router().timeouts[1] = 2;
  board.router().histograms[15].Observe(500'000);
  board.router().histograms[15].Observe(500'001);
  board.router().histograms[15].Observe(20'000'000'000);
  const RouterCopy router = Read(board).router;
  EXPECT_EQ(router.by_state[3], 4u);
  EXPECT_EQ(router.timeouts[1], 2u);
  EXPECT_EQ(router.histograms[15].count(), 3u);
  EXPECT_EQ(router.histograms[15].counts[0], 1u);
  EXPECT_EQ(router.histograms[15].counts[1], 1u);
  EXPECT_EQ(router.histograms[15].counts[kBuckets - 1], 1u);
  EXPECT_EQ(router.histograms[15].sum_nanoseconds, 20'001'000'001u);
}

TEST(Snapshot, an_exemplar_being_changed_is_left_out) {
  const Scoreboard board = Board();
  Exemplar& whole = board.router().exemplars[1][2];
  whole.sequence = 2;
  whole.trace_id[1] = 9;
  Exemplar& torn = board.router().exemplars[1][3];
  torn.sequence = 3;
  torn.trace_id[1] = 9;
  const RouterCopy router = Read(board).router;
  EXPECT_EQ(router.exemplars[1][2].trace_id[1], 9u);
  EXPECT_EQ(router.exemplars[1][3].trace_id[1], 0u);
}

TEST(Snapshot, slots_that_were_never_used_are_left_out) {
  const Scoreboard board = Board();
  Use(board.worker(2), WorkerState::kExited);
  board.worker(2).restarts = 3;
  const Snapshot snapshot = Read(board);
  ASSERT_EQ(snapshot.workers.size(), 1u);
  EXPECT_EQ(snapshot.workers[0].slot, 2u);
  EXPECT_EQ(snapshot.workers[0].state, WorkerState::kExited);
  EXPECT_EQ(snapshot.workers[0].restarts, 3u);
  EXPECT_TRUE(snapshot.workers[0].threads.empty());
}

TEST(Snapshot, a_thread_that_ended_keeps_its_sums) {
  const Scoreboard board = Board();
  Use(board.worker(0));
  board.thread(0, 1).requests = 8;
  const Snapshot snapshot = Read(board);
  ASSERT_EQ(snapshot.workers[0].threads.size(), 1u);
  EXPECT_EQ(snapshot.workers[0].threads[0].index, 1u);
  EXPECT_EQ(snapshot.workers[0].threads[0].requests, 8u);
}

TEST(Snapshot, busy_time_includes_the_request_that_runs) {
  const Scoreboard board = Board();
  Use(board.worker(0));
  ThreadRow& row = board.thread(0, 0);
  row.busy_nanoseconds = 100;
  row.busy_since = base::MonotonicNow() - base::kNanosecondsPerSecond;
  row.request_id = 5;
  Write(row, "GET /slow");
  const ThreadCopy thread = Read(board).workers[0].threads[0];
  EXPECT_GE(thread.busy_nanoseconds, 100u + base::kNanosecondsPerSecond);
  EXPECT_EQ(thread.request_text, "GET /slow");
  EXPECT_EQ(thread.request_id, 5u);
}

TEST(Snapshot, an_idle_thread_has_no_request) {
  const Scoreboard board = Board();
  Use(board.worker(0));
  board.thread(0, 0).requests = 1;
  Write(board.thread(0, 0), "GET /old");
  EXPECT_EQ(Read(board).workers[0].threads[0].request_text, "");
}

TEST(Snapshot, a_text_that_fills_its_row_is_copied_whole) {
  const Scoreboard board = Board();
  Use(board.worker(0));
  board.thread(0, 0).busy_since = 1;
  const std::string text(kRequestTextBytes, 'x');
  Write(board.thread(0, 0), text);
  EXPECT_EQ(Read(board).workers[0].threads[0].request_text, text);
}

TEST(Snapshot, a_row_whose_writer_died_in_the_middle_does_not_hold_it_up) {
  const Scoreboard board = Board();
  Use(board.worker(0));
  board.thread(0, 0).sequence = 7;
  board.thread(0, 0).requests = 4;
  EXPECT_EQ(Read(board).workers[0].threads[0].requests, 4u);
  EXPECT_FALSE(Read(board).workers[0].threads[0].whole);
}

// Writes rows whose fields all hold one number, as the worker does.
void KeepWriting(ThreadRow& row, const std::atomic<bool>& stop) {
  for (uint64_t i = 1; !stop; ++i) {
    row.sequence.store(2 * i - 1, std::memory_order_relaxed);
    row.requests.store(i, std::memory_order_release);
    row.request_id.store(i, std::memory_order_release);
    row.busy_since.store(1, std::memory_order_release);
    row.cpu_nanoseconds.store(i, std::memory_order_release);
    row.sequence.store(2 * i, std::memory_order_release);
    std::this_thread::yield();
  }
}

TEST(Snapshot, the_fields_of_a_thread_belong_together) {
  const Scoreboard board = Board(1, 1);
  Use(board.worker(0));
  std::atomic<bool> stop = false;
  std::thread writer([&] { KeepWriting(board.thread(0, 0), stop); });
  while (board.thread(0, 0).sequence < 2) std::this_thread::yield();
  int whole = 0;
  for (int i = 0; i < 2000; ++i) {
    const ThreadCopy thread = Read(board).workers[0].threads[0];
    if (!thread.whole) continue;
    ++whole;
    EXPECT_EQ(thread.requests, thread.cpu_nanoseconds);
    EXPECT_EQ(thread.requests, thread.request_id);
  }
  stop = true;
  writer.join();
  // The rest are those whose writer had lost its CPU for long.
  EXPECT_GT(whole, 1000);
}

TEST(ThreadRows, a_dead_process_leaves_no_request_open) {
  const Scoreboard board = Board();
  ThreadRow& row = board.thread(1, 0);
  row.sequence = 4;
  row.busy_since = 1000;
  row.busy_nanoseconds = 50;
  row.requests = 6;
  row.request_id = 3;
  row.native_id = 77;
  row.gil_waiting_since = 1100;
  Write(row, "GET /");
  EndThreads(board, 1, 1500);
  EXPECT_EQ(row.busy_nanoseconds, 550u);
  EXPECT_EQ(row.busy_since, 0);
  EXPECT_EQ(row.request_id, 0u);
  EXPECT_EQ(row.native_id, 0u);
  EXPECT_EQ(row.gil_waiting_since, 0);
  EXPECT_EQ(row.request_text[0], 0u);
  EXPECT_EQ(row.requests, 6u);
  EXPECT_EQ(row.sequence, 6u);
}

TEST(ThreadRows, a_write_that_death_cut_off_is_ended) {
  const Scoreboard board = Board();
  board.thread(0, 1).sequence = 9;
  EndThreads(board, 0, 100);
  EXPECT_EQ(board.thread(0, 1).sequence, 10u);
}

TEST(ThreadRows, other_slots_and_idle_rows_are_not_touched) {
  const Scoreboard board = Board();
  board.thread(0, 0).busy_since = 5;
  EndThreads(board, 1, 100);
  EXPECT_EQ(board.thread(0, 0).busy_since, 5);
  EXPECT_EQ(board.thread(1, 0).sequence, 0u);
}

}  // namespace
}  // namespace monoceros::scoreboard
