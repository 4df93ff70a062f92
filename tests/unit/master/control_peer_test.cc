// SPDX-License-Identifier: Apache-2.0
#include "master/control_peer.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>

namespace monoceros::master {
namespace {

class ControlPeerTest : public testing::Test {
 protected:
  ControlPeerTest() {
    auto [mine, theirs] = base::MessageSocket::Pair();
    peer_ = std::make_unique<ControlPeer>(loop_, std::move(mine));
    other_ = std::move(theirs);
  }
  std::string ReceiveText() {
    base::Message message;
    return other_.Receive(message) == base::ReceiveStatus::kMessage ? message.json : "";
  }
  base::EventLoop loop_;
  std::unique_ptr<ControlPeer> peer_;
  base::MessageSocket other_;
};

TEST_F(ControlPeerTest, reads_messages_in_order_after_the_loop_has_seen_them) {
  other_.Send(R"({"op":"forked","incarnation":7,"pid":12})");
  other_.Send(R"({"op":"ready"})");
  loop_.Turn(base::kNanosecondsPerSecond);
  const auto first = peer_->Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->op, "forked");
  EXPECT_EQ(first->Number("pid", -1), 12);
  EXPECT_EQ(first->Number("nothing", -1), -1);
  EXPECT_EQ(peer_->Next()->op, "ready");
  EXPECT_FALSE(peer_->Next());
  EXPECT_FALSE(peer_->closed());
}

TEST_F(ControlPeerTest, reads_last_words_without_the_loop) {
  other_.Send(R"({"op":"failed","error":"no such module"})");
  other_.Close();
  EXPECT_EQ(peer_->NextNow()->Text("error"), "no such module");
  EXPECT_FALSE(peer_->NextNow());
  EXPECT_TRUE(peer_->closed());
}

TEST_F(ControlPeerTest, closes_on_what_is_no_message) {
  other_.Send("[1, 2");
  EXPECT_FALSE(peer_->NextNow());
  EXPECT_TRUE(peer_->closed());
}

TEST_F(ControlPeerTest, keeps_what_does_not_fit_in_order) {
  const std::string filler(1000, 'x');
  constexpr int kMessages = 2000;
  for (int i = 0; i < kMessages; ++i) peer_->Send({{"number", i}, {"filler", filler}});
  EXPECT_FALSE(peer_->Flush());
  for (int i = 0; i < kMessages; ++i) {
    peer_->Flush();
    const auto message = nlohmann::json::parse(ReceiveText());
    ASSERT_EQ(message["number"], i);
  }
  EXPECT_TRUE(peer_->Flush());
}

TEST_F(ControlPeerTest, keeps_descriptors_of_waiting_messages_open) {
  const std::string filler(1000, 'x');
  while (peer_->Flush()) peer_->Send({{"filler", filler}});
  base::Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  peer_->Send({{"op", "fork"}}, {file.get()});
  file.Close();
  base::Message message;
  do {
    peer_->Flush();
    ASSERT_EQ(other_.Receive(message), base::ReceiveStatus::kMessage);
  } while (message.fds.empty());
  EXPECT_GE(::fcntl(message.fds[0].get(), F_GETFD), 0);
}

TEST_F(ControlPeerTest, survives_texts_that_are_no_utf8) {
  peer_->Send({{"error", "caf\xe9"}});
  EXPECT_NE(ReceiveText().find("caf"), std::string::npos);
}

}  // namespace
}  // namespace monoceros::master
