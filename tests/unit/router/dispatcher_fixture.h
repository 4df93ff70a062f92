// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channel/channel.h"
#include "channel/heads.h"
#include "channel/worker_end.h"
#include "router/dispatch/dispatcher.h"

namespace monoceros::router {

struct Events final : DispatcherEvents {
  void OnWorkerDrained(uint64_t incarnation) override { drained.push_back(incarnation); }
  void OnWorkerBroken(uint64_t incarnation, const std::string&) override {
    broken.push_back(incarnation);
  }
  void OnRequestTimeout(const RunningExchange& exchange) override { over.push_back(exchange); }
  void OnTimedOutEnded(uint64_t, uint64_t exchange) override { over_ended.push_back(exchange); }
  std::vector<RunningExchange> over;
  std::vector<uint64_t> over_ended;
  std::vector<uint64_t> drained;
  std::vector<uint64_t> broken;
};

// A connection reduced to what the dispatcher sees of it.
struct Client final : ExchangeOwner {
  Client(Dispatcher& dispatcher, Budgets& budgets, uint64_t id, std::string_view body,
         bool may_upgrade = false, bool open = false)
      : dispatcher(dispatcher), exchange(*this, budgets) {
    exchange.id = id;
    exchange.may_upgrade = may_upgrade;
    exchange.body_open = exchange.body_streamed = open;
    EXPECT_TRUE(exchange.body.Append(body, body.size(), testing::TempDir()));
    channel::Encode(channel::RequestHead{.method = "GET", .target = "/", .path = "/"},
                    exchange.head);
    dispatcher.Submit(exchange);
  }
  ~Client() { dispatcher.Withdraw(exchange); }

  void OnResponse(Exchange&) override {
    ++visits;
    channel::Frame frame;
    while (exchange.worker->channel().Read(exchange.slot, frame) == channel::ReadStatus::kFrame) {
      if (frame.type != channel::FrameType::kEnd) continue;
      done = true;
      dispatcher.Ended(exchange);
      return dispatcher.Close(exchange);
    }
  }
  void OnExchangeFailed(Exchange&, ExchangeFailure why) override { failure = why; }
  void OnBodyWanted(Exchange&) override { body_wanted = true; }

  Dispatcher& dispatcher;
  Exchange exchange;
  bool done = false;
  bool body_wanted = false;
  int visits = 0;
  std::optional<ExchangeFailure> failure;
};

struct DispatcherTest : testing::Test {
  // A worker whose end stays in the test's hands; its "pidfd" is an eventfd.
  struct Worker {
    std::unique_ptr<channel::WorkerEnd> end;
    base::Fd death;
    base::Fd memory;  // the channel's

    channel::Exchange* Take() const { return end->TryTake(); }
    // The ids of all that it can take now, in order.
    std::vector<uint64_t> TakeAll() const {
      std::vector<uint64_t> ids;
      while (const channel::Exchange* taken = Take()) ids.push_back(taken->request_id());
      return ids;
    }
    void Die() const {
      const uint64_t one = 1;
      ASSERT_EQ(::write(death.get(), &one, sizeof one), 8);
    }
    // Bytes of memory that the channel's file holds.
    int64_t Resident() const {
      struct stat status{};
      EXPECT_EQ(::fstat(memory.get(), &status), 0);
      return status.st_blocks * 512;
    }
  };

  Worker AddWorker(uint64_t incarnation, uint32_t capacity, bool loop = false,
                   const char* worker_class = "gthread") {
    channel::NewChannel made =
        channel::Create({.slots = capacity + 8, .threads = loop ? 0 : capacity});
    auto router = channel::RouterEnd::Attach(std::move(made.router));
    auto worker = channel::WorkerEnd::Attach(std::move(made.worker));
    EXPECT_TRUE(router && worker);
    base::Fd death(::eventfd(0, EFD_CLOEXEC));
    dispatcher.AddWorker({.incarnation = incarnation,
                          .pid = static_cast<int>(incarnation),
                          .capacity = capacity,
                          .worker_class = worker_class},
                         std::move(*router), death.Duplicate());
    return {std::move(*worker), std::move(death), std::move(made.memory)};
  }

  std::unique_ptr<Client> Submit(std::string_view body = {}) {
    return std::make_unique<Client>(dispatcher, budgets, ++last_id, body);
  }

  std::vector<std::unique_ptr<Client>> SubmitMany(int count) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < count; ++i) clients.push_back(Submit());
    return clients;
  }

  // Long enough that what a stalled worker has not taken is moved.
  void TurnAfterGrace() { Turn(base::kNanosecondsPerSecond / 10); }

  // A worker gets something ahead of time only after it has ended something.
  void Warm(Worker& worker) {
    auto client = Submit();
    Answer(*worker.Take());
    Turn();
    EXPECT_TRUE(client->done);
  }

  void Turn(base::Nanoseconds later = 0) {
    now += later;
    loop.Turn(0);
    dispatcher.Turn(now);
  }

  static void Answer(channel::Exchange& exchange) {
    std::string head;
    channel::Encode(channel::ResponseHead{.status = 200, .reason = "OK"}, head);
    exchange.Write(channel::FrameType::kHead, std::as_bytes(std::span(head)));
    exchange.Finish();
  }

  base::EventLoop loop;
  Events events;
  Budgets budgets{Budget(1 << 20), Budget(1 << 20)};
  Dispatcher dispatcher{
      loop, events, {.queue_limit = 100, .queue_timeout = base::kNanosecondsPerSecond}};
  base::Nanoseconds now = base::MonotonicNow();
  uint64_t last_id = 0;
};

}  // namespace monoceros::router
