// SPDX-License-Identifier: Apache-2.0
#include "base/message_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "pipe.h"

namespace monoceros::base {
namespace {

TEST(MessageSocket, carries_messages_whole_and_in_order) {
  auto [left, right] = MessageSocket::Pair();
  ASSERT_TRUE(left.Send(R"({"op":"a"})"));
  ASSERT_TRUE(left.Send(R"({"op":"b"})"));
  Message message;
  ASSERT_EQ(right.Receive(message), ReceiveStatus::kMessage);
  EXPECT_EQ(message.json, R"({"op":"a"})");
  ASSERT_EQ(right.Receive(message), ReceiveStatus::kMessage);
  EXPECT_EQ(message.json, R"({"op":"b"})");
  EXPECT_EQ(right.Receive(message), ReceiveStatus::kEmpty);
}

TEST(MessageSocket, carries_descriptors_that_are_closed_on_exec) {
  auto [left, right] = MessageSocket::Pair();
  const Pipe pipe = MakePipe();
  ASSERT_TRUE(left.Send("{}", {pipe.writer.get(), pipe.reader.get()}));
  Message message;
  ASSERT_EQ(right.Receive(message), ReceiveStatus::kMessage);
  ASSERT_EQ(message.fds.size(), 2u);
  ASSERT_EQ(::write(message.fds[0].get(), "x", 1), 1);
  char byte = 0;
  ASSERT_EQ(::read(pipe.reader.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(::fcntl(message.fds[1].get(), F_GETFD), FD_CLOEXEC);
}

TEST(MessageSocket, a_gone_peer_reads_as_closed_and_takes_nothing) {
  auto [left, right] = MessageSocket::Pair();
  right.Close();
  Message message;
  EXPECT_FALSE(left.Send("{}"));
  EXPECT_EQ(left.Receive(message), ReceiveStatus::kClosed);
}

TEST(MessageSocket, sending_to_a_peer_that_does_not_read_fails_and_never_blocks) {
  auto [left, right] = MessageSocket::Pair();
  const std::string text(60'000, 'x');
  int sent = 0;
  while (sent < 10'000 && left.Send(text)) ++sent;
  EXPECT_GT(sent, 0);
  EXPECT_LT(sent, 10'000);
}

TEST(MessageSocket, a_message_that_does_not_fit_reads_as_closed) {
  auto [left, right] = MessageSocket::Pair();
  ASSERT_TRUE(left.Send(std::string(kMaxMessageBytes + 1, 'x')));
  Message message;
  EXPECT_EQ(right.Receive(message), ReceiveStatus::kClosed);
}

TEST(MessageSocket, the_greatest_message_fits) {
  auto [left, right] = MessageSocket::Pair();
  ASSERT_TRUE(left.Send(std::string(kMaxMessageBytes, 'x')));
  Message message;
  ASSERT_EQ(right.Receive(message), ReceiveStatus::kMessage);
  EXPECT_EQ(message.json.size(), kMaxMessageBytes);
}

TEST(MessageSocket, more_descriptors_than_allowed_read_as_closed_and_do_not_leak) {
  auto [left, right] = MessageSocket::Pair();
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::array<char, CMSG_SPACE(sizeof(int) * 17)> control{};
  std::array<int, 17> fds;
  fds.fill(null.get());
  char byte = '{';
  iovec part{&byte, 1};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof fds);
  std::copy_n(reinterpret_cast<const char*>(fds.data()), sizeof fds,
              reinterpret_cast<char*>(CMSG_DATA(rights)));
  ASSERT_EQ(::sendmsg(left.fd(), &header, 0), 1);
  const int lowest_free = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get();
  {
    Message message;
    EXPECT_EQ(right.Receive(message), ReceiveStatus::kClosed);
  }
  EXPECT_EQ(Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get(), lowest_free);
}

TEST(MessageSocket, waiting_ends_at_its_limit) {
  auto [left, right] = MessageSocket::Pair();
  Message message;
  EXPECT_EQ(right.ReceiveWithin(message, 1), ReceiveStatus::kEmpty);
  ASSERT_TRUE(left.Send("{}"));
  EXPECT_EQ(right.ReceiveWithin(message, 10'000), ReceiveStatus::kMessage);
}

}  // namespace
}  // namespace monoceros::base
