// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "channel/channel.h"
#include "channel/router_channel.h"
#include "channel/worker_channel.h"

namespace monoceros::channel::testing {

inline constexpr base::Nanoseconds kPatience = 60 * base::kNanosecondsPerSecond;
inline constexpr int kPatienceMilliseconds = 60'000;  // a wake-up that is lost must show

inline std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::string Text(const Frame& frame) { return Text(frame.payload); }

// Bytes that differ everywhere, so that a block read twice or out of order shows.
inline std::string Pattern(size_t size, uint64_t seed = 1) {
  std::string result(size, '\0');
  for (char& c : result) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(seed >> 56);
  }
  return result;
}

// Both ends of a channel over one mapping, so that ThreadSanitizer sees what they share.
struct ChannelPair {
  explicit ChannelPair(const Shape& shape) {
    NewChannel created = Create(shape);
    memory = std::move(created.memory);
    mapping = *Mapping::Map(memory.get());
    router = std::make_unique<RouterChannel>(mapping, std::move(created.router));
    worker = std::make_unique<WorkerChannel>(mapping, std::move(created.worker));
  }

  // An exchange that the router has opened and published with a head.
  SlotIndex Send(uint64_t id, std::string_view head = "head", bool end = true) {
    const auto slot = router->Open(id);
    if (!slot) throw std::runtime_error("no slot");
    router->Write(*slot, FrameType::kHead, Bytes(head));
    if (end) router->Write(*slot, FrameType::kEnd, {});
    router->Publish(*slot);
    router->Ring();
    return *slot;
  }

  base::Fd memory;
  std::shared_ptr<Mapping> mapping;
  std::unique_ptr<RouterChannel> router;
  std::unique_ptr<WorkerChannel> worker;
};

// The event loop of a router as the product has it: the bell edge-triggered and never read.
class RouterLoop {
 public:
  explicit RouterLoop(RouterEnd& router) : router_(router), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, router.bell(), &event);
  }

  // Turns until `done`; visits dirty slots. False when it takes too long.
  bool RunUntil(const std::function<bool()>& done, const std::function<void(SlotIndex)>& visit) {
    const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
    while (base::MonotonicNow() < deadline) {
      router_.CollectDirty(visit);
      router_.Ring();
      if (done()) return true;
      if (!router_.PrepareToSleep()) continue;
      epoll_event event;
      ::epoll_wait(epoll_.get(), &event, 1, kPatienceMilliseconds);
      router_.WokeUp();
    }
    return false;
  }

 private:
  RouterEnd& router_;
  base::Fd epoll_;
};

// Calls `run` for every exchange until the channel closes; pokes are counted.
inline int ServeUntilClosed(WorkerEnd& worker, uint32_t thread,
                            const std::function<void(Exchange&)>& run) {
  int pokes = 0;
  while (true) {
    const Taken taken = worker.Wait(thread, -1);
    if (taken.status == WaitStatus::kClosed) return pokes;
    if (taken.status == WaitStatus::kPoked) ++pokes;
    if (taken.status == WaitStatus::kExchange) run(*taken.exchange);
  }
}

// The next frame of a request, waiting for it. A closed channel reads as kAbort.
inline Frame NextFrame(Exchange& exchange) {
  while (true) {
    if (auto frame = exchange.Read()) return *frame;
    exchange.Consume();
    if (!exchange.WaitReadable() && !exchange.Read()) return {FrameType::kAbort, {}};
  }
}

// Writes all of `data`, waiting for credit. False when the client is gone.
inline bool WriteAll(Exchange& exchange, std::string_view data) {
  while (!data.empty()) {
    data.remove_prefix(exchange.Write(FrameType::kData, Bytes(data)));
    if (!data.empty() && !exchange.WaitWritable()) return false;
  }
  return true;
}

// What one response stream gave so far.
struct Response {
  std::string head;
  std::string body;
  bool ended = false;
  bool aborted = false;

  void Take(const Frame& frame) {
    if (frame.type == FrameType::kHead) head = Text(frame);
    if (frame.type == FrameType::kData) body += Text(frame);
    ended = ended || frame.type == FrameType::kEnd || frame.type == FrameType::kAbort;
    aborted = aborted || frame.type == FrameType::kAbort;
  }
};

// Reads and consumes everything there is; closes the slot at the end.
inline void Drain(RouterEnd& router, SlotIndex slot, Response& response) {
  Frame frame;
  while (router.Read(slot, frame) == ReadStatus::kFrame) {
    response.Take(frame);
    router.Consume(slot);
  }
  if (response.ended) router.Close(slot);
}

}  // namespace monoceros::channel::testing
