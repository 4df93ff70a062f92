// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

base::Fd FileWith(std::string_view text) {
  base::Fd fd(::memfd_create("file", MFD_CLOEXEC));
  EXPECT_EQ(::pwrite(fd.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return fd;
}

std::string Content(const base::Fd& fd) {
  char buffer[64];
  const ssize_t size = ::pread(fd.get(), buffer, sizeof buffer, 0);
  return size < 0 ? "unreadable" : std::string(buffer, static_cast<size_t>(size));
}

TEST(Descriptors, travel_with_their_exchanges_in_any_order) {
  ChannelPair pair({3, 1, 8, 8});
  const SlotIndex first = *pair.router->Open(1), second = *pair.router->Open(2);
  ASSERT_TRUE(pair.router->SendDescriptor(first, FileWith("one").get()));
  ASSERT_TRUE(pair.router->SendDescriptor(second, FileWith("two").get()));
  for (const SlotIndex slot : {second, first}) {
    pair.router->Write(slot, FrameType::kFile, {});
    pair.router->Publish(slot);
  }
  Exchange& took_second = *pair.worker->TryTake();
  Exchange& took_first = *pair.worker->TryTake();
  EXPECT_EQ(took_second.Read()->type, FrameType::kFile);
  EXPECT_EQ(Content(took_second.ReceiveDescriptor()), "two");
  EXPECT_EQ(Content(took_first.ReceiveDescriptor()), "one");
  EXPECT_FALSE(took_first.ReceiveDescriptor());

  ASSERT_TRUE(took_first.SendDescriptor(FileWith("for sendfile").get()));
  const FileSegment segment{4, 8};
  took_first.Write(FrameType::kFile, std::as_bytes(std::span(&segment, 1)));
  took_first.Flush();
  Frame frame;
  ASSERT_EQ(pair.router->Read(first, frame), ReadStatus::kFrame);
  EXPECT_EQ(frame.type, FrameType::kFile);
  EXPECT_EQ(frame.payload.size(), sizeof segment);
  const base::Fd received = pair.router->ReceiveDescriptor(first);
  EXPECT_EQ(Content(received), "for sendfile");
  EXPECT_NE(::fcntl(received.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_FALSE(pair.router->ReceiveDescriptor(first));
  took_first.Finish();
  took_second.Finish();
}

TEST(Descriptors, of_a_revoked_exchange_reach_nobody) {
  ChannelPair pair({1, 1, 8, 8});
  const SlotIndex slot = *pair.router->Open(1);
  ASSERT_TRUE(pair.router->SendDescriptor(slot, FileWith("revoked").get()));
  pair.router->Publish(slot);
  ASSERT_TRUE(pair.router->Revoke(slot));
  ASSERT_EQ(pair.router->Open(2), slot);
  ASSERT_TRUE(pair.router->SendDescriptor(slot, FileWith("next").get()));
  pair.router->Publish(slot);
  EXPECT_EQ(Content(pair.worker->TryTake()->ReceiveDescriptor()), "next");
}

TEST(Descriptors, a_full_socket_refuses_the_router_and_holds_the_worker) {
  ChannelPair pair({1, 1, 8, 8});
  const base::Fd file = FileWith("x");
  const SlotIndex slot = pair.Send(1);
  int sent = 0;
  while (pair.router->SendDescriptor(slot, file.get())) ASSERT_LT(++sent, 100'000);
  Exchange& exchange = *pair.worker->TryTake();
  std::thread thread([&] {
    for (int i = 0; i < 2000; ++i) EXPECT_TRUE(exchange.SendDescriptor(file.get()));
  });
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  for (int received = 0; received < 2000 && base::MonotonicNow() < deadline;) {
    if (pair.router->ReceiveDescriptor(slot)) ++received;
  }
  thread.join();
  for (int i = 0; i < sent; ++i) EXPECT_TRUE(exchange.ReceiveDescriptor());
  EXPECT_FALSE(exchange.ReceiveDescriptor());
}

TEST(Descriptors, malformed_messages_are_dropped) {
  NewChannel created = Create({1, 1, 8, 8});
  const base::Fd raw = created.worker.socket.Duplicate();
  auto router = *RouterEnd::Attach(std::move(created.router));
  const SlotIndex slot = *router->Open(1);
  router->Publish(slot);
  ASSERT_EQ(::send(raw.get(), "x", 1, 0), 1);
  ASSERT_EQ(::send(raw.get(), "sixteen bytes...", 16, 0), 16);
  EXPECT_FALSE(router->ReceiveDescriptor(slot));
  auto worker = *WorkerEnd::Attach(std::move(created.worker));
  Exchange& exchange = *worker->TryTake();
  ASSERT_TRUE(exchange.SendDescriptor(FileWith("good").get()));
  EXPECT_EQ(Content(router->ReceiveDescriptor(slot)), "good");
}

TEST(Descriptors, a_closed_socket_is_noticed) {
  ChannelPair pair({1, 1, 8, 8});
  pair.Send(1);
  Exchange& exchange = *pair.worker->TryTake();
  pair.router.reset();
  EXPECT_FALSE(exchange.SendDescriptor(FileWith("x").get()));
  exchange.Finish();
}

}  // namespace
}  // namespace monoceros::channel::testing
