// SPDX-License-Identifier: Apache-2.0
#include "router/net/output_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace monoceros::router {
namespace {

constexpr uint64_t kMiB = 1 << 20;

struct OutputQueueTest : testing::Test {
  OutputQueueTest() {
    ::signal(SIGPIPE, SIG_IGN);  // as in the router
    std::array<int, 2> ends;
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    server = base::Fd(ends[0]);
    client = base::Fd(ends[1]);
  }

  SendStatus Write(OutputQueue& queue, std::string bytes) {
    iovec part{bytes.data(), bytes.size()};
    return queue.Write(server.get(), {&part, 1});
  }

  // Reads as a client until the queue is empty and all has arrived.
  std::string ReceiveAll(OutputQueue& queue) {
    std::string received;
    std::string chunk(64 * 1024, '\0');
    for (;;) {
      const ssize_t count = ::recv(client.get(), chunk.data(), chunk.size(), 0);
      if (count > 0) received.append(chunk, 0, static_cast<size_t>(count));
      const SendStatus status = queue.Drain(server.get());
      if (count < 0 && status != SendStatus::kPending) return received;
    }
  }

  Budgets budgets{Budget(64 * kMiB), Budget(256 * kMiB)};
  std::string directory = testing::TempDir();
  base::Fd server;
  base::Fd client;
};

std::string Pattern(size_t size, char seed) {
  std::string bytes(size, seed);
  for (size_t i = 0; i < size; i += 97) bytes[i] = static_cast<char>('a' + i % 26);
  return bytes;
}

TEST_F(OutputQueueTest, sends_small_writes_at_once) {
  OutputQueue queue(budgets, directory);
  EXPECT_EQ(Write(queue, "hello"), SendStatus::kSent);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(ReceiveAll(queue), "hello");
}

TEST_F(OutputQueueTest, keeps_the_order_over_memory_spool_and_files) {
  OutputQueue queue(budgets, directory);
  const std::string large = Pattern(2 * kMiB, '1');
  const std::string small = Pattern(1000, '2');
  base::Fd file(::memfd_create("body", 0));
  const std::string contents = Pattern(300'000, '3');
  ASSERT_EQ(::write(file.get(), contents.data(), contents.size()), 300'000);
  EXPECT_EQ(Write(queue, small), SendStatus::kSent);
  EXPECT_EQ(Write(queue, large), SendStatus::kPending);
  EXPECT_EQ(queue.WriteFile(server.get(), std::move(file), 1000, 200'000), SendStatus::kPending);
  EXPECT_EQ(Write(queue, small), SendStatus::kPending);
  EXPECT_GT(budgets.spool.used(), 0U);
  EXPECT_EQ(ReceiveAll(queue), small + large + contents.substr(1000, 200'000) + small);
  EXPECT_EQ(budgets.spool.used() + budgets.memory.used(), 0U);
}

TEST_F(OutputQueueTest, joins_a_trickle_that_waits) {
  OutputQueue queue(budgets, directory);
  std::string expected = Pattern(kMiB / 2, '1');
  Write(queue, expected);
  for (int i = 0; i < 10'000; ++i) {
    Write(queue, "item\n");
    expected += "item\n";
  }
  EXPECT_EQ(ReceiveAll(queue), expected);
}

TEST_F(OutputQueueTest, has_no_room_when_memory_and_spool_are_full) {
  budgets.spool.SetLimit(kMiB);
  OutputQueue queue(budgets, directory);
  const std::string piece = Pattern(64 * 1024, '1');
  for (int i = 0; i < 64 && queue.HasRoom(); ++i) Write(queue, piece);
  EXPECT_FALSE(queue.HasRoom());
  EXPECT_LT(budgets.spool.used(), kMiB + piece.size());
  ReceiveAll(queue);
  EXPECT_TRUE(queue.HasRoom());
}

TEST_F(OutputQueueTest, gives_its_bytes_back_when_the_client_leaves) {
  {
    OutputQueue queue(budgets, directory);
    Write(queue, Pattern(2 * kMiB, '1'));
    client.Close();
    EXPECT_EQ(queue.Drain(server.get()), SendStatus::kBroken);
  }
  EXPECT_EQ(budgets.spool.used() + budgets.memory.used(), 0U);
}

TEST_F(OutputQueueTest, says_why_when_a_file_became_shorter) {
  OutputQueue queue(budgets, directory);
  base::Fd file(::memfd_create("body", 0));
  EXPECT_EQ(queue.WriteFile(server.get(), std::move(file), 0, 10), SendStatus::kBroken);
  EXPECT_NE(queue.failure().find("shorter"), std::string::npos);
}

}  // namespace
}  // namespace monoceros::router
