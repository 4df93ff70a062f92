// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel_pair.h"

namespace monoceros::channel::testing {
namespace {

// Runs `body` in a forked child; its result is the child's exit status, or 256 + its signal.
template <typename Body>
int InChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

int UseEverything(WorkerEnd& worker, Exchange& exchange) {
  int wrong = 0;
  const auto expect = [&wrong](bool fact) { wrong += fact ? 0 : 1; };
  expect(worker.closed());
  expect(worker.TryTake() == nullptr);
  expect(worker.Wait(0, -1).status == WaitStatus::kClosed);
  expect(!worker.PrepareToSleep());
  worker.PokeThread(0);
  worker.WokeUp();
  worker.CollectDirty([&wrong](Exchange&) { ++wrong; });
  worker.Abandon();
  worker.Trim();
  expect(exchange.disconnected());
  const auto frame = exchange.Read();
  expect(frame && frame->type == FrameType::kAbort);
  exchange.Consume();
  expect(!exchange.WaitReadable());
  expect(!exchange.WaitWritable());
  expect(!exchange.ReceiveDescriptor());
  expect(!exchange.SendDescriptor(0));
  expect(exchange.Write(FrameType::kData, Bytes("child")) == 5);
  exchange.Flush();
  exchange.Finish();
  exchange.Abort();
  return wrong;
}

TEST(Fork, in_a_child_of_the_application_every_call_is_a_no_op) {
  ChannelPair pair({2, 1, 8, 8});
  const SlotIndex slot = pair.Send(1);
  pair.Send(2);
  Exchange& exchange = *pair.worker->TryTake();
  EXPECT_EQ(InChild([&] { return UseEverything(*pair.worker, exchange); }), 0);
  // The parent goes on as if nothing had been.
  EXPECT_FALSE(pair.worker->closed());
  EXPECT_EQ(Text(*exchange.Read()), "head");
  exchange.Write(FrameType::kData, Bytes("parent"));
  exchange.Finish();
  Response response;
  Drain(*pair.router, slot, response);
  EXPECT_EQ(response.body, "parent");
  EXPECT_EQ(pair.worker->TryTake()->request_id(), 2U);
}

TEST(Fork, the_memory_is_not_there_in_a_child) {
  ChannelPair pair({1, 1, 8, 8});
  unsigned char resident;
  Header* header = &pair.mapping->header();
  EXPECT_EQ(::mincore(header, 4096, &resident), 0);
  EXPECT_EQ(InChild([&] { return ::mincore(header, 4096, &resident) == 0 ? 1 : 0; }), 0);
}

TEST(Fork, destroying_the_end_in_a_child_leaves_the_addresses_alone) {
  NewChannel created = Create({1, 1, 8, 8});
  auto mapping = *Mapping::Map(created.memory.get());
  auto worker = std::make_unique<WorkerChannel>(mapping, std::move(created.worker));
  std::byte* base = mapping->bytes().data();
  mapping.reset();
  EXPECT_EQ(InChild([&] {
              void* reused = ::mmap(base, 4096, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
              if (reused != base) return 1;
              *base = std::byte{7};
              worker.reset();
              return *base == std::byte{7} ? 0 : 2;
            }),
            0);
}

TEST(Fork, grandchildren_are_children_too) {
  ChannelPair pair({1, 1, 8, 8});
  EXPECT_EQ(InChild([&] { return InChild([&] { return pair.worker->closed() ? 0 : 1; }); }), 0);
}

}  // namespace
}  // namespace monoceros::channel::testing
