// SPDX-License-Identifier: Apache-2.0
#include "channel/arena.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <set>

#include "channel/mapping.h"

namespace monoceros::channel {
namespace {

struct Blocks {
  explicit Blocks(uint32_t count) : channel(Create({1, 1, 1, count})) {
    mapping = *Mapping::Map(channel.memory.get());
  }
  std::span<Block> all() { return mapping->response_blocks(); }
  blkcnt_t allocated() const {
    struct stat status;
    EXPECT_EQ(::fstat(channel.memory.get(), &status), 0);
    return status.st_blocks * 512 / kBlockBytes;
  }

  NewChannel channel;
  std::shared_ptr<Mapping> mapping;
};

TEST(Arena, keeps_one_block_for_every_stream) {
  Blocks blocks(6);
  Arena arena(blocks.all(), 4, false);
  EXPECT_EQ(arena.extra(), 2U);
  const uint32_t greedy = arena.TakeFirst();
  EXPECT_NE(arena.TakeExtra(), kNoBlock);
  EXPECT_NE(arena.TakeExtra(), kNoBlock);
  EXPECT_EQ(arena.TakeExtra(), kNoBlock);
  std::set<uint32_t> others = {arena.TakeFirst(), arena.TakeFirst(), arena.TakeFirst()};
  EXPECT_EQ(others.size(), 3U);
  EXPECT_FALSE(others.contains(greedy));
}

TEST(Arena, gives_the_block_freed_last) {
  Blocks blocks(8);
  Arena arena(blocks.all(), 1, false);
  const uint32_t first = arena.TakeFirst();
  const uint32_t extra = arena.TakeExtra();
  arena.Free(extra, 1, false);
  EXPECT_EQ(arena.TakeExtra(), extra);
  arena.next(first) = extra;
  arena.Free(first, 2, true);
  EXPECT_EQ(arena.TakeFirst(), extra);
}

TEST(Arena, trim_gives_back_only_what_lay_idle) {
  Blocks blocks(64);
  Arena arena(blocks.all(), 1, false);
  const blkcnt_t before = blocks.allocated();
  const uint32_t first = arena.TakeFirst();
  std::memset(arena.block(first).payload, 1, kBlockPayload);
  uint32_t chain = kNoBlock;
  for (int i = 0; i < 20; ++i) {
    const uint32_t block = arena.TakeExtra();
    std::memset(arena.block(block).payload, 1, kBlockPayload);
    arena.next(block) = chain;
    chain = block;
  }
  EXPECT_EQ(blocks.allocated() - before, 21);
  arena.Free(chain, 20, false);
  arena.Trim();  // in use since the last call
  EXPECT_EQ(blocks.allocated() - before, 21);
  arena.Trim();
  EXPECT_EQ(blocks.allocated() - before, 1);
  EXPECT_EQ(arena.block(first).payload[7], std::byte{1});
}

}  // namespace
}  // namespace monoceros::channel
