// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/message_writer.h"

#include <gtest/gtest.h>

#include "worker/websocket/close_code.h"

namespace monoceros::websocket {
namespace {

class MessageWriterTest : public testing::Test {
 protected:
  std::string Data(std::string_view payload, Deflater* deflater = nullptr) {
    std::string out;
    writer_.AppendData(Opcode::kText, payload, deflater, out);
    return out;
  }
  std::string Close(uint16_t code, std::string_view reason) {
    std::string out;
    writer_.AppendClose(code, reason, out);
    return out;
  }

  MessageWriter writer_;
};

// RFC 6455 section 5.7.
TEST_F(MessageWriterTest, WritesTheUnmaskedExampleOfTheRfc) {
  EXPECT_EQ(Data("Hello"), "\x81\x05Hello");
}

// Section 5.7: 256 bytes and 64 KiB; section 5.2: the shortest form of the length.
TEST_F(MessageWriterTest, WritesLengthsInTheirShortestForm) {
  EXPECT_EQ(Data(std::string(125, 'x')).substr(0, 2), "\x81\x7d");
  EXPECT_EQ(Data(std::string(126, 'x')).substr(0, 4), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(Data(std::string(256, 'x')).substr(0, 4), std::string("\x81\x7e\x01\x00", 4));
  EXPECT_EQ(Data(std::string(65535, 'x')).substr(0, 4), "\x81\x7e\xff\xff");
  EXPECT_EQ(Data(std::string(65536, 'x')).substr(0, 10),
            std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(Data(std::string(65536, 'x')).size(), 65546U);
}

TEST_F(MessageWriterTest, AppendsToWhatIsThere) {
  std::string out = "before";
  writer_.AppendControl(Opcode::kPong, "p", out);
  EXPECT_EQ(out, "before\x8a\x01p");
}

// Sections 5.5 and 5.5.1: at most 125 bytes; 7.4.1: 1005 is not sent.
TEST_F(MessageWriterTest, WritesCloseFrames) {
  EXPECT_EQ(Close(kNormalClosure, "bye"),
            "\x88\x05\x03\xe8"
            "bye");
  EXPECT_EQ(Close(kNoStatus, "unseen"), std::string("\x88\x00", 2));
  EXPECT_EQ(Close(1001, std::string(200, 'x')).size(), 2U + 125U);
}

// Section 5.5.1: the reason is UTF-8, so that it is not cut within a character.
TEST_F(MessageWriterTest, CutsAReasonBetweenCharacters) {
  const std::string frame = Close(1001, std::string(122, 'x') + "\u00e9");
  EXPECT_EQ(frame.size(), 2U + 2U + 122U);
  EXPECT_EQ(frame[1], 124);
}

// RFC 7692 section 7.2.1: RSV1 is set, and the last four bytes of the flush are not sent.
TEST_F(MessageWriterTest, CompressesWhatPays) {
  const DeflateParameters agreed;
  Deflater deflater(agreed);
  Inflater inflater(agreed);
  EXPECT_EQ(Data("short", &deflater), "\x81\x05short");
  for (int i = 0; i < 2; ++i) {
    const std::string frame = Data(std::string(100'000, 'x'), &deflater);
    EXPECT_EQ(static_cast<uint8_t>(frame[0]), 0xc1);
    EXPECT_LT(frame.size(), 1000U);
    std::string back;
    const size_t header = static_cast<uint8_t>(frame[1]) < 126 ? 2 : 4;
    ASSERT_EQ(inflater.Append(std::string_view(frame).substr(header), 1 << 20, back),
              Inflater::Status::kGood);
    ASSERT_EQ(inflater.End(1 << 20, back), Inflater::Status::kGood);
    EXPECT_EQ(back, std::string(100'000, 'x'));
  }
}

std::string Noise(size_t size) {
  std::string noise;
  uint32_t state = 1;
  while (noise.size() < size) noise += static_cast<char>((state = state * 1664525 + 1) >> 24);
  return noise;
}

// RFC 7692 section 7.1.1.1: each message alone; without it a repeated one is shorter.
TEST_F(MessageWriterTest, TakesItsContextOverUnlessToldNotTo) {
  const std::string message = Noise(1000);
  Deflater keeps({});
  Deflater forgets({.server_no_context_takeover = true});
  const size_t first = Data(message, &keeps).size();
  EXPECT_LT(Data(message, &keeps).size(), first / 10);
  EXPECT_EQ(Data(message, &forgets), Data(message, &forgets));
}

// RFC 7692 section 7.2.3.6.
TEST_F(MessageWriterTest, AnEmptyMessageIsCompressedToOneByteEachTime) {
  for (const bool takes_over : {true, false}) {
    Deflater deflater({.server_no_context_takeover = !takes_over});
    Inflater inflater({.client_no_context_takeover = !takes_over});
    for (const std::string_view message : {"", "", "text", "", ""}) {
      std::string compressed;
      std::string back;
      deflater.Append(message, compressed);
      EXPECT_EQ(compressed == std::string(1, '\0'), message.empty());
      EXPECT_EQ(inflater.Append(compressed, 100, back), Inflater::Status::kGood);
      EXPECT_EQ(inflater.End(100, back), Inflater::Status::kGood);
      EXPECT_EQ(back, message);
    }
  }
}

}  // namespace
}  // namespace monoceros::websocket
