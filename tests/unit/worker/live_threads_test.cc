// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "serving.h"

namespace monoceros::worker::testing {
namespace {

using Json = nlohmann::json;

constexpr uint32_t kRoom = 8;

class LiveThreads : public ViewsTest {
 protected:
  TestWorker& StartWithRoom(uint32_t threads) {
    return Start("gthread", threads, Json::object(), kRoom);
  }
  // Asks for so many and awaits the answer.
  int64_t Resize(const Json& count) {
    worker_->AskThreads(count);
    const Json answer = worker_->NextMessage();
    EXPECT_EQ(answer["op"], "threads") << answer;
    return answer.value("count", int64_t{-1});
  }
  std::array<channel::SlotIndex, 4> SendFour(const std::string& target) {
    std::array<channel::SlotIndex, 4> slots;
    for (channel::SlotIndex& slot : slots) slot = worker_->Send({.target = target});
    return slots;
  }
  // The rows that a thread runs in.
  std::set<uint32_t> Rows() {
    std::set<uint32_t> rows;
    for (uint32_t row = 0; row < kRoom; ++row) {
      if (worker_->scoreboard().thread(0, row).native_id != 0U) rows.insert(row);
    }
    return rows;
  }
  size_t KernelThreads() const {
    size_t count = 0;
    const auto folder = "/proc/" + std::to_string(worker_->pid) + "/task";
    for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator(folder)) ++count;
    return count;
  }
  void AwaitKernelThreads(size_t count) {
    const base::Nanoseconds deadline = base::MonotonicNow() + 15 * base::kNanosecondsPerSecond;
    while (KernelThreads() != count && base::MonotonicNow() < deadline) ::usleep(1000);
    EXPECT_EQ(KernelThreads(), count);
  }
};

std::set<uint32_t> First(uint32_t count) {
  std::set<uint32_t> rows;
  for (uint32_t row = 0; row < count; ++row) rows.insert(row);
  return rows;
}

TEST_P(LiveThreads, more_and_fewer_run_as_asked) {
  StartWithRoom(1);
  for (const uint32_t count : {8U, 3U, 4U, 1U, 8U}) {
    EXPECT_EQ(Resize(count), count);
    AwaitKernelThreads(count + 1);
    EXPECT_EQ(Get("/hello").status, 200);
    EXPECT_EQ(Rows(), First(count));
  }
  worker_->Stop();
  EXPECT_EQ(worker_->AwaitExit(), 0) << ErrorLog();
}

TEST_P(LiveThreads, new_threads_run_exchanges_at_the_same_time) {
  StartWithRoom(1);
  EXPECT_EQ(Resize(4), 4);
  const auto slots = SendFour("/together");
  for (const channel::SlotIndex slot : slots) EXPECT_EQ(worker_->Await(slot).body(), "together");
}

TEST_P(LiveThreads, an_ended_thread_finishes_its_request_first) {
  StartWithRoom(4);
  const std::string file = ::testing::TempDir() + "live_threads_" + std::to_string(::getpid());
  const auto slots = SendFour("/await_file?" + file);
  const auto began = [](const Reply& reply) { return !reply.chunks.empty(); };
  for (const channel::SlotIndex slot : slots) worker_->Await(slot, began);
  worker_->AskThreads(1);
  EXPECT_EQ(Rows(), First(4));
  std::ofstream(file).put('x');
  for (const channel::SlotIndex slot : slots) EXPECT_EQ(worker_->Await(slot).body(), "second");
  EXPECT_EQ(worker_->NextMessage()["count"], 1);
  EXPECT_EQ(Rows(), First(1));
  std::filesystem::remove(file);
}

TEST_P(LiveThreads, ended_threads_are_joined_in_python) {
  StartWithRoom(8);
  EXPECT_EQ(Resize(2), 2);
  EXPECT_EQ(Get("/thread_count").body(), "3");
}

TEST_P(LiveThreads, the_last_of_several_wishes_counts) {
  StartWithRoom(2);
  for (const int count : {8, 1, 7, 3}) worker_->AskThreads(count);
  int64_t count = 0;
  while (count != 3 && !HasFailure()) count = worker_->NextMessage().value("count", int64_t{-1});
  AwaitKernelThreads(4);
  EXPECT_EQ(Rows(), First(3));
}

TEST_P(LiveThreads, there_are_never_more_than_there_is_room_for_and_never_none) {
  StartWithRoom(2);
  EXPECT_EQ(Resize(9), 8);
  EXPECT_EQ(Resize(1'000'000), 8);
  for (const Json& count : {Json(0), Json(-1), Json("many"), Json()}) EXPECT_EQ(Resize(count), 1);
}

TEST_P(LiveThreads, a_thread_that_cannot_start_is_reported_and_the_others_serve_on) {
  StartWithRoom(1);
  EXPECT_EQ(Resize(2), 2);
  Get("/forbid_threads");
  EXPECT_EQ(Resize(5), 2);
  EXPECT_NE(ErrorLog().find("cannot start another thread"), std::string::npos) << ErrorLog();
  EXPECT_NE(ErrorLog().find("can't start new thread"), std::string::npos);
  EXPECT_EQ(Get("/hello").status, 200);
  EXPECT_EQ(Resize(1), 1);
  EXPECT_EQ(Get("/hello").status, 200);
}

TEST_P(LiveThreads, a_sync_worker_keeps_its_one_thread) {
  Start("sync", 1, Json::object(), kRoom);
  EXPECT_EQ(Resize(4), 1);
  EXPECT_EQ(Get("/thread_count").body(), "1");
}

TEST_P(LiveThreads, a_new_router_finds_the_changed_number) {
  StartWithRoom(2);
  EXPECT_EQ(Resize(6), 6);
  worker_->Attach();
  EXPECT_EQ(Get("/hello").status, 200);
  EXPECT_EQ(Resize(3), 3);
  EXPECT_EQ(Get("/hello").status, 200);
  AwaitKernelThreads(4);
}

TEST_P(LiveThreads, they_change_while_requests_run) {
  StartWithRoom(4);
  for (int round = 0; round < 100; ++round) {
    const uint32_t count = 1 + static_cast<uint32_t>(round * 5 % 8);
    const auto slots = SendFour("/hello");
    worker_->AskThreads(count);
    for (const channel::SlotIndex slot : slots) ASSERT_EQ(worker_->Await(slot).status, 200);
    ASSERT_EQ(worker_->NextMessage()["count"], count);
  }
}

TEST_P(LiveThreads, an_idle_worker_gives_the_memory_of_a_large_response_back) {
  for (const char* worker_class : {"sync", "gthread"}) {
    Start(worker_class, 1);
    EXPECT_EQ(Get("/hello").status, 200);
    const int64_t before = worker_->ChannelBytes();
    // It fills the window, as nobody reads it meanwhile.
    EXPECT_EQ(Get("/big").status, 200);
    EXPECT_GE(worker_->ChannelBytes(), before + 16 * 4096) << worker_class;
    const base::Nanoseconds deadline = base::MonotonicNow() + 15 * base::kNanosecondsPerSecond;
    while (worker_->ChannelBytes() > before + 4096 && base::MonotonicNow() < deadline)
      ::usleep(1000);
    EXPECT_LE(worker_->ChannelBytes(), before + 4096) << worker_class;
    EXPECT_EQ(Get("/hello").status, 200);
  }
}

MONOCEROS_EVERY_PYTHON(LiveThreads);

}  // namespace
}  // namespace monoceros::worker::testing
