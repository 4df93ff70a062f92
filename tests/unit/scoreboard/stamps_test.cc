// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/stamps.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

#include "base/syscall.h"

namespace monoceros::scoreboard {
namespace {

TEST(Stamps, both_sides_see_one_page) {
  const base::Fd memory = Stamps::CreateMemory(4);
  Stamps worker(memory, 4, false);
  const Stamps master(memory, 4, true);
  EXPECT_EQ(master.thread(3).busy_since.load(), 0);
  worker.thread(3).busy_since = 5;
  worker.thread(0).gil_waiting_since = 6;
  worker.page().gil_acquired_at = 7;
  worker.page().requests = 8;
  EXPECT_EQ(master.thread(3).busy_since.load(), 5);
  EXPECT_EQ(master.thread(0).gil_waiting_since.load(), 6);
  EXPECT_EQ(master.page().gil_acquired_at.load(), 7);
  EXPECT_EQ(master.page().requests.load(), 8u);
  EXPECT_EQ(master.thread_count(), 4u);
}

TEST(Stamps, a_worker_maps_as_many_as_its_master_made) {
  const base::Fd memory = Stamps::CreateMemory(37);
  const Stamps worker(memory, false);
  EXPECT_EQ(worker.thread_count(), 37U);
  EXPECT_EQ(worker.thread(36).busy_since.load(), 0);
}

TEST(Stamps, memory_that_is_too_small_is_refused) {
  const base::Fd memory = Stamps::CreateMemory(2);
  EXPECT_THROW(Stamps(memory, 3, true), base::SystemError);
  ASSERT_EQ(::ftruncate(memory.get(), 64), 0);
  EXPECT_THROW(Stamps(memory, false), base::SystemError);
}

TEST(Stamps, every_thread_has_a_cache_line_of_its_own) {
  EXPECT_EQ(sizeof(ThreadStamp), 64u);
  EXPECT_EQ(offsetof(StampPage, threads) % 64, 0u);
}

TEST(Stamps, all_of_it_is_allocated_at_creation) {
  const base::Fd memory = Stamps::CreateMemory(1000);
  struct stat status{};
  ASSERT_EQ(::fstat(memory.get(), &status), 0);
  EXPECT_GE(status.st_size, 64 + 1000 * 64);
  EXPECT_GE(status.st_blocks * 512, status.st_size);
}

TEST(Stamps, a_child_of_the_application_cannot_stamp_for_its_parent) {
  const base::Fd memory = Stamps::CreateMemory(1);
  Stamps worker(memory, 1, false);
  EXPECT_DEATH(worker.thread(0).busy_since = 1, "");
  EXPECT_EQ(worker.thread(0).busy_since.load(), 0);
}

TEST(Stamps, a_shared_mapping_survives_a_fork) {
  const base::Fd memory = Stamps::CreateMemory(1);
  Stamps master(memory, 1, true);
  EXPECT_EXIT(
      {
        master.thread(0).busy_since = 1;
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EQ(master.thread(0).busy_since.load(), 1);
}

TEST(Stamps, moving_keeps_the_one_mapping) {
  const base::Fd memory = Stamps::CreateMemory(2);
  Stamps first(memory, 2, true);
  first.thread(1).busy_since = 3;
  Stamps second = std::move(first);
  EXPECT_EQ(second.thread(1).busy_since.load(), 3);
  EXPECT_EQ(second.thread_count(), 2u);
}

}  // namespace
}  // namespace monoceros::scoreboard
