// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "channel/stream_reader.h"
#include "channel/stream_writer.h"
#include "channel_pair.h"

namespace monoceros::channel {
namespace {

using testing::Bytes;
using testing::Pattern;
using testing::Text;
using Status = StreamReader::Status;

// One stream in ordinary memory.
struct Stream {
  explicit Stream(uint32_t block_count, uint32_t streams = 1, uint32_t window = 0)
      : blocks(block_count),
        arena(blocks, streams, false),
        writer(arena, window == 0 ? block_count : window, shared, acked),
        reader(blocks, window == 0 ? block_count : window, shared, acked) {
    writer.Begin({});
    reader.Begin();
  }

  std::vector<Block> blocks;
  StreamOut shared{};
  std::atomic<uint64_t> acked = 0;
  Arena arena;
  StreamWriter writer;
  StreamReader reader;
};

TEST(Stream, gives_frames_in_order) {
  Stream stream(4);
  stream.writer.Write(FrameType::kHead, Bytes("head"));
  stream.writer.Write(FrameType::kData, Bytes("data"));
  stream.writer.Write(FrameType::kEnd, {});
  Frame frame;
  EXPECT_EQ(stream.reader.Read(frame), Status::kEmpty);
  stream.writer.Publish();
  ASSERT_EQ(stream.reader.Read(frame), Status::kFrame);
  EXPECT_EQ(frame.type, FrameType::kHead);
  EXPECT_EQ(Text(frame), "head");
  ASSERT_EQ(stream.reader.Read(frame), Status::kFrame);
  EXPECT_EQ(Text(frame), "data");
  ASSERT_EQ(stream.reader.Read(frame), Status::kFrame);
  EXPECT_EQ(frame.type, FrameType::kEnd);
  EXPECT_TRUE(stream.reader.ended());
  EXPECT_EQ(stream.reader.Read(frame), Status::kEmpty);
}

TEST(Stream, takes_data_only_as_far_as_credit_reaches) {
  Stream stream(3);
  const std::string data = Pattern(100'000);
  const size_t credit = stream.writer.Credit();
  EXPECT_EQ(stream.writer.Write(FrameType::kData, Bytes(data)), credit);
  EXPECT_EQ(credit, 3 * (kBlockPayload - 8));
  EXPECT_EQ(stream.writer.Write(FrameType::kData, Bytes(data)), 0U);
  EXPECT_EQ(stream.writer.Credit(), 0U);
}

TEST(Stream, one_block_is_enough_for_any_length) {
  Stream stream(1);
  const std::string data = Pattern(50'000);
  std::string_view rest = data;
  std::string read;
  Frame frame;
  while (!rest.empty()) {
    const size_t written = stream.writer.Write(FrameType::kData, Bytes(rest));
    ASSERT_GT(written, 0U);
    rest.remove_prefix(written);
    stream.writer.Publish();
    while (stream.reader.Read(frame) == Status::kFrame) read += Text(frame);
    stream.reader.Consume();
  }
  EXPECT_EQ(read, data);
  EXPECT_FALSE(stream.writer.broken());
}

TEST(Stream, a_trickle_shares_blocks) {
  Stream stream(2);
  for (int i = 0; i < 400; ++i) {
    ASSERT_EQ(stream.writer.Write(FrameType::kData, Bytes("tick")), 4U) << i;
  }
}

TEST(Stream, a_frame_larger_than_a_block_arrives_in_one_piece) {
  Stream stream(8);
  const std::string head = Pattern(20'000);
  EXPECT_EQ(stream.writer.Write(FrameType::kHead, Bytes(head)), head.size());
  EXPECT_FALSE(stream.writer.backlogged());
  stream.writer.Publish();
  Frame frame;
  ASSERT_EQ(stream.reader.Read(frame), Status::kFrame);
  EXPECT_EQ(Text(frame), head);
}

TEST(Stream, frames_that_find_no_credit_wait_and_keep_their_order) {
  Stream stream(1);
  const std::string head = Pattern(30'000), trailers = Pattern(9'000, 5);
  stream.writer.Write(FrameType::kHead, Bytes(head));
  stream.writer.Write(FrameType::kTrailers, Bytes(trailers));
  stream.writer.Write(FrameType::kEnd, {});
  EXPECT_TRUE(stream.writer.backlogged());
  EXPECT_EQ(stream.writer.Write(FrameType::kData, Bytes("late")), 0U);
  std::vector<std::pair<FrameType, std::string>> frames;
  for (int round = 0; round < 100 && !stream.reader.ended(); ++round) {
    stream.writer.PushBacklog();
    stream.writer.Publish();
    Frame frame;
    while (stream.reader.Read(frame) == Status::kFrame)
      frames.emplace_back(frame.type, Text(frame));
    stream.reader.Consume();
  }
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(frames[0], std::pair(FrameType::kHead, head));
  EXPECT_EQ(frames[1], std::pair(FrameType::kTrailers, trailers));
  EXPECT_EQ(frames[2].first, FrameType::kEnd);
}

TEST(Stream, payloads_stay_valid_until_they_are_consumed) {
  Stream stream(16);
  const std::string first = Pattern(6'000, 1), second = Pattern(6'000, 2);
  stream.writer.Write(FrameType::kInterim, Bytes(first));
  stream.writer.Write(FrameType::kHead, Bytes(second));
  stream.writer.Publish();
  Frame one, two;
  ASSERT_EQ(stream.reader.Read(one), Status::kFrame);
  ASSERT_EQ(stream.reader.Read(two), Status::kFrame);
  EXPECT_EQ(Text(one), first);
  EXPECT_EQ(Text(two), second);
}

TEST(Stream, an_idle_stream_holds_no_block) {
  Stream stream(4);
  stream.writer.Write(FrameType::kData, Bytes(Pattern(9'000)));
  stream.writer.Publish();
  Frame frame;
  while (stream.reader.Read(frame) == Status::kFrame) {
  }
  stream.reader.Consume();
  EXPECT_EQ(stream.arena.extra(), 1U);
  stream.writer.Reclaim();
  EXPECT_EQ(stream.arena.extra(), 3U);
  stream.writer.Write(FrameType::kData, Bytes("again"));
  stream.writer.Publish();
  ASSERT_EQ(stream.reader.Read(frame), Status::kFrame);
  EXPECT_EQ(Text(frame), "again");
}

TEST(Stream, random_sizes_survive_random_consumption) {
  std::mt19937 random(11);
  for (const uint32_t blocks : {1U, 2U, 3U, 7U}) {
    Stream stream(blocks);
    std::string sent, received;
    Frame frame;
    for (int round = 0; round < 4000; ++round) {
      const std::string piece = Pattern(random() % 9000, round + 1);
      const size_t written = stream.writer.Write(FrameType::kData, Bytes(piece));
      sent += piece.substr(0, written);
      if (random() % 3 != 0) stream.writer.Publish();
      for (uint32_t reads = random() % 4; reads > 0; --reads) {
        if (stream.reader.Read(frame) == Status::kFrame) received += Text(frame);
      }
      if (random() % 2 == 0) stream.reader.Consume();
      if (random() % 5 == 0) stream.writer.Reclaim();
      ASSERT_FALSE(stream.writer.broken());
    }
    stream.writer.Publish();
    while (stream.reader.Read(frame) == Status::kFrame) received += Text(frame);
    EXPECT_EQ(received, sent);
  }
}

// What a hostile writer may have put there: each must be noticed.
struct Damage {
  const char* what;
  std::function<void(Stream&)> apply;
};

uint64_t& FirstHeader(Stream& stream) {
  return *reinterpret_cast<uint64_t*>(stream.blocks[stream.shared.restart_block.load()].payload);
}

const std::vector<Damage>& Damages() {
  static const std::vector<Damage> damages = {
      {"far too much published", [](Stream& s) { s.shared.published += uint64_t{1} << 40; }},
      {"unaligned counter", [](Stream& s) { s.shared.published += 1; }},
      {"no such block", [](Stream& s) { s.shared.restart_block = 77; }},
      {"restart beyond the end", [](Stream& s) { s.shared.restart_position = kBlockPayload; }},
      {"restart inside a block", [](Stream& s) { s.shared.restart_position = 8; }},
      {"length beyond the block", [](Stream& s) { FirstHeader(s) = 5000 | uint64_t{1} << 32; }},
      {"length that overflows", [](Stream& s) { FirstHeader(s) = 0xfffffff9 | uint64_t{1} << 32; }},
      {"length beyond what is published",
       [](Stream& s) { FirstHeader(s) = 64 | uint64_t{1} << 32; }},
      {"unknown type", [](Stream& s) { FirstHeader(s) = 4 | uint64_t{99} << 32; }},
      {"unknown flag",
       [](Stream& s) { FirstHeader(s) = 4 | uint64_t{1} << 32 | uint64_t{4} << 40; }},
      {"data in pieces",
       [](Stream& s) { FirstHeader(s) = 4 | uint64_t{3} << 32 | uint64_t{1} << 40; }},
      {"empty data", [](Stream& s) { FirstHeader(s) = uint64_t{3} << 32; }},
      {"end with a payload", [](Stream& s) { FirstHeader(s) = 4 | uint64_t{6} << 32; }},
      {"padding beyond what is published", [](Stream& s) { FirstHeader(s) = 0; }},
  };
  return damages;
}

TEST(Stream, every_kind_of_damage_is_a_breach) {
  for (const Damage& damage : Damages()) {
    Stream stream(4);
    stream.writer.Write(FrameType::kHead, Bytes("head"));
    stream.writer.Publish();
    damage.apply(stream);
    Frame frame;
    EXPECT_EQ(stream.reader.Read(frame), Status::kBreach) << damage.what;
    EXPECT_EQ(stream.reader.Read(frame), Status::kEmpty) << damage.what;
  }
}

TEST(Stream, pieces_of_different_types_are_a_breach) {
  Stream stream(4);
  stream.writer.Write(FrameType::kHead, Bytes("head"));
  stream.writer.Write(FrameType::kData, Bytes("data"));
  stream.writer.Publish();
  FirstHeader(stream) |= uint64_t{kMore} << 40;
  Frame frame;
  EXPECT_EQ(stream.reader.Read(frame), Status::kBreach);
}

TEST(Stream, credit_for_what_was_never_written_is_a_breach) {
  Stream stream(1);
  stream.writer.Write(FrameType::kData, Bytes(Pattern(4000)));
  stream.writer.Publish();
  stream.acked = 1 << 20;
  stream.writer.Write(FrameType::kData, Bytes(Pattern(4000)));
  EXPECT_TRUE(stream.writer.broken());
}

TEST(Stream, credit_taken_back_is_a_breach) {
  Stream stream(1);
  stream.writer.Write(FrameType::kData, Bytes(Pattern(4000)));
  stream.writer.Publish();
  stream.acked = 8;
  EXPECT_EQ(stream.writer.Write(FrameType::kData, Bytes(Pattern(4000))), 72U);
  stream.acked = 0;
  stream.writer.Write(FrameType::kData, Bytes(Pattern(4000)));
  EXPECT_TRUE(stream.writer.broken());
}

}  // namespace
}  // namespace monoceros::channel
