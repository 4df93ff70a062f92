// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/scoreboard.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>

namespace monoceros::scoreboard {
namespace {

using testing::HasSubstr;

base::Fd Memory(uint32_t rows, uint32_t threads) {
  return Scoreboard::CreateMemory(rows, threads).value();
}

void Overwrite(const base::Fd& memory, size_t offset, uint32_t value) {
  ASSERT_EQ(::pwrite(memory.get(), &value, sizeof value, static_cast<off_t>(offset)), 4);
}

std::string OpenError(const base::Fd& memory) {
  const auto scoreboard = Scoreboard::Open(memory, false);
  return scoreboard ? "opened" : scoreboard.error().message;
}

TEST(Scoreboard, a_new_one_says_its_size_and_is_empty) {
  const base::Fd memory = Memory(3, 2);
  const Scoreboard board = Scoreboard::Open(memory, false).value();
  EXPECT_EQ(board.header().worker_rows, 3u);
  EXPECT_EQ(board.header().threads_per_worker, 2u);
  EXPECT_EQ(board.header().worker_row_bytes, 576u);
  EXPECT_EQ(board.header().total_bytes, 8192u + 3 * 576u);
  EXPECT_EQ(board.worker(2).state.load(), static_cast<uint32_t>(WorkerState::kEmpty));
  EXPECT_EQ(board.thread(2, 1).busy_since.load(), 0);
}

TEST(Scoreboard, readers_see_what_writers_wrote) {
  const base::Fd memory = Memory(2, 2);
  const Scoreboard writer = Scoreboard::Open(memory, true).value();
  const Scoreboard reader = Scoreboard::Open(memory, false).value();
  writer.header().generation = 4;
  writer.router().queued = 5;
  writer.worker(1).pid = 6;
  writer.thread(1, 1).requests = 7;
  EXPECT_EQ(reader.header().generation.load(), 4u);
  EXPECT_EQ(reader.router().queued.load(), 5u);
  EXPECT_EQ(reader.worker(1).pid.load(), 6);
  EXPECT_EQ(reader.thread(1, 1).requests.load(), 7u);
}

TEST(Scoreboard, no_two_rows_share_a_byte) {
  const Scoreboard board = Scoreboard::Open(Memory(2, 2), true).value();
  const auto address = [](const auto& row) { return reinterpret_cast<uintptr_t>(&row); };
  EXPECT_EQ(address(board.thread(0, 0)) - address(board.worker(0)), sizeof(WorkerRow));
  EXPECT_EQ(address(board.thread(0, 1)) - address(board.thread(0, 0)), sizeof(ThreadRow));
  EXPECT_EQ(address(board.worker(1)) - address(board.thread(0, 1)), sizeof(ThreadRow));
  EXPECT_EQ(address(board.worker(0)) % 64, 0u);
}

TEST(Scoreboard, moving_keeps_the_one_mapping) {
  Scoreboard board = Scoreboard::Open(Memory(1, 1), true).value();
  board.worker(0).pid = 9;
  Scoreboard moved = std::move(board);
  EXPECT_EQ(moved.worker(0).pid.load(), 9);
}

TEST(Scoreboard, refuses_an_empty_and_a_truncated_file) {
  const base::Fd empty(::memfd_create("empty", MFD_CLOEXEC));
  EXPECT_THAT(OpenError(empty), HasSubstr("truncated: 0 bytes"));
  const base::Fd memory = Memory(4, 4);
  ASSERT_EQ(::ftruncate(memory.get(), 9000), 0);
  EXPECT_THAT(OpenError(memory), HasSubstr("truncated: 9000 of 12032 bytes"));
}

TEST(Scoreboard, refuses_a_file_that_is_none) {
  const base::Fd memory(::memfd_create("foreign", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(memory.get(), 8192), 0);
  EXPECT_THAT(OpenError(memory), HasSubstr("not a scoreboard"));
}

TEST(Scoreboard, refuses_another_version) {
  const base::Fd memory = Memory(1, 1);
  Overwrite(memory, offsetof(Header, version), 1);
  EXPECT_THAT(OpenError(memory), HasSubstr("version 1"));
}

TEST(Scoreboard, refuses_sizes_that_contradict_each_other) {
  for (const size_t offset : {offsetof(Header, worker_rows), offsetof(Header, threads_per_worker),
                              offsetof(Header, worker_row_bytes), offsetof(Header, total_bytes),
                              offsetof(Header, header_bytes)}) {
    for (const uint32_t value : {0u, 77u, 0xFFFFFFFFu}) {
      const base::Fd memory = Memory(2, 2);
      Overwrite(memory, offset, value);
      EXPECT_THAT(OpenError(memory), HasSubstr("contradict")) << offset << " " << value;
    }
  }
}

TEST(Scoreboard, a_header_changed_later_does_not_move_reads) {
  const base::Fd memory = Memory(2, 2);
  const Scoreboard board = Scoreboard::Open(memory, true).value();
  const WorkerRow* row = &board.worker(1);
  board.header().threads_per_worker = 1'000'000;
  board.header().worker_rows = 1'000'000;
  EXPECT_EQ(&board.worker(1), row);
  EXPECT_DEATH(board.worker(2), "");
  EXPECT_DEATH(board.thread(0, 2), "");
}

TEST(Scoreboard, refuses_sizes_beyond_its_limits) {
  EXPECT_FALSE(Scoreboard::CreateMemory(kMaxWorkerRows + 1, 1));
  EXPECT_FALSE(Scoreboard::CreateMemory(1, kMaxThreadsPerWorker + 1));
}

TEST(Scoreboard, a_read_only_mapping_cannot_be_written) {
  const Scoreboard board = Scoreboard::Open(Memory(1, 1), false).value();
  EXPECT_DEATH(board.header().generation = 1, "");
}

// Allocation happens at creation, so no later store can meet a missing page.
TEST(Scoreboard, every_page_is_allocated_at_creation) {
  const base::Fd memory = Memory(64, 16);
  struct stat status{};
  ASSERT_EQ(::fstat(memory.get(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, status.st_size);
}

TEST(Scoreboard, no_room_is_an_error_at_creation) {
  const rlimit small{4096, 4096};
  EXPECT_EXIT(
      {
        std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &small);
        const auto memory = Scoreboard::CreateMemory(64, 16);
        std::_Exit(
            !memory && memory.error().message.find("posix_fallocate") != std::string::npos ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

// A file system of its own with room for 16 pages; nothing where that is not allowed.
std::optional<base::Fd> FileOnSmallFileSystem() {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    return std::nullopt;
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return std::nullopt;
  if (::mount("none", "/mnt", "tmpfs", 0, "size=64k") != 0) return std::nullopt;
  return base::Fd(::open("/mnt/scoreboard", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

int FormatOnSmallFileSystem(uint32_t workers) {
  const std::optional<base::Fd> file = FileOnSmallFileSystem();
  if (!file || !*file) return 77;
  const auto formatted = Scoreboard::Format(*file, workers, 4);
  if (formatted) return 0;
  return formatted.error().message.ends_with("posix_fallocate: No space left on device") ? 1 : 2;
}

// In a child, because the namespaces stay with the process.
int StatusOfChild(uint32_t workers) {
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(FormatOnSmallFileSystem(workers));
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Scoreboard, a_full_file_system_is_an_error_at_creation) {
  const int small = StatusOfChild(4);
  if (small == 77) GTEST_SKIP() << "user and mount namespaces are not allowed here";
  EXPECT_EQ(small, 0);
  EXPECT_EQ(StatusOfChild(1000), 1);
}

}  // namespace
}  // namespace monoceros::scoreboard
