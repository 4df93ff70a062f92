// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/message_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/websocket/client.h"
#include "worker/websocket/close_code.h"

namespace monoceros::websocket {
namespace {

using Event = MessageReader::Event;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kLimit = 1000;
constexpr uint8_t kText = 1, kBinary = 2, kCloseOp = 8, kPing = 9, kPong = 10;

// The parameter: how many bytes arrive at a time.
class MessageReaderTest : public testing::TestWithParam<size_t> {
 protected:
  std::vector<Seen> Read(std::string_view bytes, bool deflate = false, uint64_t limit = kLimit) {
    std::optional<DeflateParameters> agreed;
    if (deflate) agreed.emplace();
    MessageReader reader(limit, agreed);
    return ReadAll(reader, bytes, GetParam());
  }
  std::vector<Seen> Failure(uint16_t code) { return {{Event::kFailed, "", code}}; }
};

INSTANTIATE_TEST_SUITE_P(BytesAtATime, MessageReaderTest, testing::Values(1, 3, 100, 100'000));

// RFC 6455 section 5.7: "A single-frame masked text message".
TEST_P(MessageReaderTest, ReadsTheMaskedExampleOfTheRfc) {
  const std::string frame("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
  EXPECT_THAT(Read(frame), ElementsAre(Seen{Event::kText, "Hello"}));
}

// Section 5.1: "a server MUST close the connection upon receiving a frame that is not masked".
TEST_P(MessageReaderTest, FailsOnAFrameThatIsNotMasked) {
  EXPECT_EQ(Read("\x81\x05Hello"), Failure(kProtocolError));
}

// Section 5.4: fragments are joined, control frames may come between them.
TEST_P(MessageReaderTest, JoinsFragmentsAndGivesControlFramesBetweenThem) {
  const std::string bytes = ClientFrame(kText, "Hel") + ClientFrame(kFin | kPing, "?") +
                            ClientFrame(0, "") + ClientFrame(kFin, "lo");
  EXPECT_THAT(Read(bytes), ElementsAre(Seen{Event::kPing, "?"}, Seen{Event::kText, "Hello"}));
}

TEST_P(MessageReaderTest, AFragmentedMessageMayEndWithAnEmptyOrBeginWithAnEmptyFrame) {
  const std::string bytes = ClientFrame(kBinary, "x") + ClientFrame(kFin, "") +
                            ClientFrame(kBinary, "") + ClientFrame(kFin, "y");
  EXPECT_THAT(Read(bytes), ElementsAre(Seen{Event::kBinary, "x"}, Seen{Event::kBinary, "y"}));
}

// Section 5.4: "fragments of one message MUST NOT be interleaved between the fragments of another".
TEST_P(MessageReaderTest, FailsOnAMessageWithinAMessage) {
  EXPECT_EQ(Read(ClientFrame(kText, "a") + ClientFrame(kFin | kText, "b")),
            Failure(kProtocolError));
}

TEST_P(MessageReaderTest, FailsOnAContinuationOfNothing) {
  EXPECT_EQ(Read(ClientFrame(kFin, "a")), Failure(kProtocolError));
}

// Section 5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be
// fragmented."
TEST_P(MessageReaderTest, FailsOnControlFramesThatAreLongOrFragmented) {
  EXPECT_EQ(Read(ClientFrame(kFin | kPing, std::string(126, 'x'))), Failure(kProtocolError));
  EXPECT_EQ(Read(ClientFrame(kPing, "x")), Failure(kProtocolError));
}

TEST_P(MessageReaderTest, GivesPingsAndPongsOf125Bytes) {
  const std::string most(125, 'x');
  EXPECT_THAT(Read(ClientFrame(kFin | kPing, most) + ClientFrame(kFin | kPong, "")),
              ElementsAre(Seen{Event::kPing, most}, Seen{Event::kPong, ""}));
}

// Section 5.2: reserved bits without an extension, reserved opcodes.
TEST_P(MessageReaderTest, FailsOnReservedBitsAndOpcodes) {
  EXPECT_EQ(Read(ClientFrame(kFin | 0x10 | kText, "x"), true), Failure(kProtocolError));
  EXPECT_EQ(Read(ClientFrame(kFin | 0x20 | kText, "x"), true), Failure(kProtocolError));
  EXPECT_EQ(Read(ClientFrame(kFin | kRsv1Bit | kText, "x")), Failure(kProtocolError));
  EXPECT_EQ(Read(ClientFrame(kFin | 3, "x")), Failure(kProtocolError));
  EXPECT_EQ(Read(ClientFrame(kFin | 11, "x")), Failure(kProtocolError));
}

// Section 5.2: "the minimal number of bytes MUST be used to encode the length"; the most
// significant bit of 64 must be 0.
TEST_P(MessageReaderTest, FailsOnLengthsThatAreNotMinimalOrNegative) {
  EXPECT_EQ(Read({"\x82\xfe\x00\x05maskxxxxx", 13}), Failure(kProtocolError));
  EXPECT_EQ(Read({"\x82\xff\x00\x00\x00\x00\x00\x00\x00\x05maskxxxxx", 19}),
            Failure(kProtocolError));
  EXPECT_EQ(Read({"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00mask", 14}), Failure(kProtocolError));
}

// Section 8.1, over fragments too.
TEST_P(MessageReaderTest, FailsOnTextThatIsNotUtf8) {
  EXPECT_EQ(Read(ClientFrame(kFin | kText, "\xc3(")), Failure(kInvalidData));
  EXPECT_EQ(Read(ClientFrame(kText, "\xc3") + ClientFrame(kFin, "(")), Failure(kInvalidData));
  EXPECT_THAT(Read(ClientFrame(kText, "\xc3") + ClientFrame(kFin, "\xa9")),
              ElementsAre(Seen{Event::kText, "\u00e9"}));
  EXPECT_THAT(Read(ClientFrame(kFin | kBinary, "\xc3(")),
              ElementsAre(Seen{Event::kBinary, "\xc3("}));
}

// Section 7.4.1: 1009 for what is too big; refused when announced.
TEST_P(MessageReaderTest, FailsOnMessagesAboveTheLimit) {
  const std::string most(kLimit, 'x');
  EXPECT_THAT(Read(ClientFrame(kFin | kBinary, most)), ElementsAre(Seen{Event::kBinary, most}));
  EXPECT_EQ(Read(ClientFrame(kFin | kBinary, most + "x")), Failure(kMessageTooBig));
  EXPECT_EQ(Read(ClientFrame(kBinary, most) + ClientFrame(kFin, "x")), Failure(kMessageTooBig));
  const std::string announced = ClientFrame(kFin | kBinary, std::string(5000, 'x')).substr(0, 9);
  EXPECT_EQ(Read(announced), Failure(kMessageTooBig));
}

// Section 5.5.1.
TEST_P(MessageReaderTest, GivesTheCodeAndReasonOfAClose) {
  EXPECT_THAT(Read(ClientFrame(kFin | kCloseOp, "")),
              ElementsAre(Seen{Event::kClose, "", kNoStatus}));
  EXPECT_THAT(Read(ClientFrame(kFin | kCloseOp, "\x03\xe9gone")),
              ElementsAre(Seen{Event::kClose, "gone", 1001}));
}

// Sections 5.5.1 (a body has two bytes of code), 7.4.1 and 7.4.2 (codes), 8.1 (the reason).
TEST_P(MessageReaderTest, FailsOnABadClose) {
  EXPECT_EQ(Read(ClientFrame(kFin | kCloseOp, "x")), Failure(kProtocolError));
  for (const uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000}) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
    EXPECT_EQ(Read(ClientFrame(kFin | kCloseOp, payload)), Failure(kProtocolError)) << code;
  }
  EXPECT_EQ(Read(ClientFrame(kFin | kCloseOp, "\x03\xe8\xff")), Failure(kInvalidData));
}

TEST_P(MessageReaderTest, GivesNothingOfWhatIsNotWhole) {
  EXPECT_THAT(Read(ClientFrame(kText, "a")), IsEmpty());
  EXPECT_THAT(Read(ClientFrame(kFin | kText, "abc").substr(0, 7)), IsEmpty());
}

// RFC 7692 section 7.2.3.1: "Hello" in one frame and in two.
TEST_P(MessageReaderTest, DecompressesTheExamplesOfTheRfc) {
  const std::string_view hello("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
  EXPECT_THAT(Read(ClientFrame(kFin | kRsv1Bit | kText, hello), true),
              ElementsAre(Seen{Event::kText, "Hello"}));
  const std::string parts =
      ClientFrame(kRsv1Bit | kText, hello.substr(0, 3)) + ClientFrame(kFin, hello.substr(3));
  EXPECT_THAT(Read(parts, true), ElementsAre(Seen{Event::kText, "Hello"}));
}

// Section 7.2.3.2: the second message refers to the first.
TEST_P(MessageReaderTest, KeepsTheWindowFromMessageToMessage) {
  const std::string bytes =
      ClientFrame(kFin | kRsv1Bit | kText, {"\xf2\x48\xcd\xc9\xc9\x07\x00", 7}) +
      ClientFrame(kFin | kRsv1Bit | kText, {"\xf2\x00\x11\x00\x00", 5});
  EXPECT_THAT(Read(bytes, true),
              ElementsAre(Seen{Event::kText, "Hello"}, Seen{Event::kText, "Hello"}));
}

// Sections 7.2.3.3 (a block without compression), 7.2.3.4 (a final block), 7.2.3.5 (two blocks).
TEST_P(MessageReaderTest, DecompressesOtherBlocks) {
  const std::string_view stored("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11);
  const std::string_view final("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8);
  const std::string_view two("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13);
  for (const std::string_view payload : {stored, final, two}) {
    EXPECT_THAT(Read(ClientFrame(kFin | kRsv1Bit | kText, payload), true),
                ElementsAre(Seen{Event::kText, "Hello"}));
  }
}

// Section 7.2.3.6 and 6.2: an empty message; messages that are not compressed may be between.
TEST_P(MessageReaderTest, ReadsEmptyAndUncompressedMessagesToo) {
  const std::string bytes =
      ClientFrame(kFin | kRsv1Bit | kText, {"\x00", 1}) + ClientFrame(kFin | kText, "plain");
  EXPECT_THAT(Read(bytes, true), ElementsAre(Seen{Event::kText, ""}, Seen{Event::kText, "plain"}));
}

// Section 6.1: the bit is set on the first fragment only, and never on control frames.
TEST_P(MessageReaderTest, FailsOnTheBitWhereItMustNotBe) {
  EXPECT_EQ(Read(ClientFrame(kText, "a") + ClientFrame(kFin | kRsv1Bit, "b"), true),
            Failure(kProtocolError));
  EXPECT_EQ(Read(ClientFrame(kFin | kRsv1Bit | kPing, ""), true), Failure(kProtocolError));
}

TEST_P(MessageReaderTest, FailsOnWhatIsNoDeflateStream) {
  EXPECT_EQ(Read(ClientFrame(kFin | kRsv1Bit | kText, "\xff\xff\xff"), true),
            Failure(kInvalidData));
}

// Section 8.2 warns of it: a small message that becomes a large one.
TEST_P(MessageReaderTest, FailsOnABombBeforeItHasGrown) {
  Deflater deflater((DeflateParameters()));
  std::string bomb;
  deflater.Append(std::string(50'000'000, 'x'), bomb);
  ASSERT_LT(bomb.size(), 300'000U);
  EXPECT_EQ(Read(ClientFrame(kFin | kRsv1Bit | kBinary, bomb), true), Failure(kMessageTooBig));
}

}  // namespace
}  // namespace monoceros::websocket
