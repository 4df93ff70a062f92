// SPDX-License-Identifier: Apache-2.0
#include "channel/layout.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>

#include "base/syscall.h"
#include "channel/router_end.h"
#include "channel/worker_end.h"

namespace monoceros::channel {
namespace {

// The numbers of docs/channel.md; a change of any is a new version of the layout.
static_assert(kVersion == 1 && kBlockBytes == 4096 && kBlockPayload == 4088);
static_assert(offsetof(Header, ring_tail) == 128 && offsetof(Header, closed) == 136);
static_assert(offsetof(Header, ring_head) == 256 && offsetof(Header, router_sleeping) == 384);
static_assert(offsetof(Header, loop_sleeping) == 448 && offsetof(Header, poke) == 512);
static_assert(offsetof(Header, sleepers) == 640 && offsetof(Header, dirty) == 1024);
static_assert(offsetof(Header, news) == 2048 && offsetof(Header, thread_words) == 4096);
static_assert(offsetof(Slot, state) == 0 && offsetof(Slot, request_id) == 8);
static_assert(offsetof(Slot, request) == 16 && offsetof(Slot, disconnected) == 40);
static_assert(offsetof(Slot, response_acked) == 48 && offsetof(Slot, taken_at) == 64);
static_assert(offsetof(Slot, response) == 72 && offsetof(Slot, request_acked) == 96);
static_assert(offsetof(Slot, gil_wait) == 104 && offsetof(Slot, cpu) == 112);
static_assert(offsetof(Slot, run_queue) == 120);
static_assert(offsetof(Slot, waiter) == 128 && sizeof(Slot) == 192);

TEST(Layout, parts_follow_each_other_without_overlap) {
  for (const uint32_t slots : {1U, 2U, 3U, 63U, 64U, 65U, 1000U, 4096U}) {
    const Shape shape = Normalised({slots, 4, 64, 64});
    const Geometry geometry(shape);
    EXPECT_GE(geometry.ring_entries, 2 * slots);
    EXPECT_EQ(geometry.ring_entries & (geometry.ring_entries - 1), 0U);
    EXPECT_EQ(geometry.ring_offset, sizeof(Header));
    EXPECT_GE(geometry.slots_offset, geometry.ring_offset + geometry.ring_entries * 8);
    EXPECT_GE(geometry.request_offset, geometry.slots_offset + slots * sizeof(Slot));
    EXPECT_EQ(geometry.request_offset % kBlockBytes, 0U);
    EXPECT_EQ(geometry.response_offset,
              geometry.request_offset + size_t{shape.request_blocks} * kBlockBytes);
    EXPECT_EQ(geometry.total_bytes,
              geometry.response_offset + size_t{shape.response_blocks} * kBlockBytes);
    EXPECT_GE(geometry.request_window, 1U);
    EXPECT_LE(geometry.request_window, kMaxWindowBlocks);
  }
}

TEST(Layout, arenas_are_raised_to_one_block_per_slot) {
  const Shape shape = Normalised({100, 1, 3, 200});
  EXPECT_EQ(shape.request_blocks, 100U);
  EXPECT_EQ(shape.response_blocks, 200U);
}

TEST(Layout, impossible_shapes_are_refused) {
  EXPECT_THROW(Create({0, 1, 8, 8}), base::SystemError);
  EXPECT_THROW(Create({5000, 1, 8, 8}), base::SystemError);
  EXPECT_THROW(Create({1, 1025, 8, 8}), base::SystemError);
  EXPECT_THROW(Create({1, 1, 70000, 8}), base::SystemError);
}

TEST(Layout, a_new_channel_uses_no_memory_for_its_arenas) {
  const NewChannel channel = Create({1, 1, 65536, 65536});
  struct stat status;
  ASSERT_EQ(::fstat(channel.memory.get(), &status), 0);
  EXPECT_GT(status.st_size, off_t{512} << 20);
  EXPECT_LT(status.st_blocks * 512, 64 << 10);
}

TEST(Layout, the_memory_cannot_be_resized) {
  const NewChannel channel = Create({1, 1, 8, 8});
  EXPECT_NE(::ftruncate(channel.memory.get(), 4096), 0);
  EXPECT_NE(::ftruncate(channel.memory.get(), off_t{1} << 30), 0);
}

base::Fd UnsealedCopy(const NewChannel& channel, off_t bytes) {
  base::Fd copy(::memfd_create("copy", MFD_CLOEXEC));
  Identity identity;
  EXPECT_EQ(::pread(channel.memory.get(), &identity, sizeof identity, 0),
            static_cast<ssize_t>(sizeof identity));
  EXPECT_EQ(::ftruncate(copy.get(), bytes), 0);
  EXPECT_EQ(::pwrite(copy.get(), &identity, sizeof identity, 0),
            static_cast<ssize_t>(sizeof identity));
  return copy;
}

TEST(Layout, memory_that_could_shrink_under_the_reader_is_refused) {
  NewChannel channel = Create({1, 1, 8, 8});
  struct stat status;
  ASSERT_EQ(::fstat(channel.memory.get(), &status), 0);
  channel.router.memory = UnsealedCopy(channel, status.st_size);
  channel.worker.memory = UnsealedCopy(channel, status.st_size);
  EXPECT_FALSE(RouterEnd::Attach(std::move(channel.router)));
  EXPECT_FALSE(WorkerEnd::Attach(std::move(channel.worker)));
}

TEST(Layout, a_foreign_version_is_refused_by_name) {
  NewChannel channel = Create({1, 1, 8, 8});
  const uint32_t version = kVersion + 1;
  ASSERT_EQ(::pwrite(channel.memory.get(), &version, 4, offsetof(Identity, version)), 4);
  const auto router = RouterEnd::Attach(std::move(channel.router));
  ASSERT_FALSE(router);
  EXPECT_NE(router.error().message.find("version 2"), std::string::npos);
}

TEST(Layout, impossible_sizes_in_the_header_are_refused) {
  for (const size_t field :
       {offsetof(Identity, slots), offsetof(Identity, threads), offsetof(Identity, request_blocks),
        offsetof(Identity, ring_entries)}) {
    NewChannel channel = Create({4, 1, 8, 8});
    const uint32_t huge = UINT32_MAX;
    ASSERT_EQ(::pwrite(channel.memory.get(), &huge, 4, static_cast<off_t>(field)), 4);
    EXPECT_FALSE(WorkerEnd::Attach(std::move(channel.worker))) << field;
  }
}

}  // namespace
}  // namespace monoceros::channel
