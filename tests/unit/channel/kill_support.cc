// SPDX-License-Identifier: Apache-2.0
#include "kill_support.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <thread>

#include "channel_pair.h"

namespace monoceros::channel {
namespace {

struct Trap {
  KillPoint point = KillPoint::kCount;
  std::atomic<int> left = 0;
};
Trap trap;

}  // namespace

void HitKillPoint(KillPoint point) {
  if (point == trap.point && trap.left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

namespace testing {
namespace {

constexpr uint32_t kThreads = 2;

struct Progress {
  std::string response;
  bool asked = false;  // the request is read to its end
};

void ServeOne(Exchange& exchange, Oracle& oracle) {
  const uint64_t id = exchange.request_id();
  oracle.started(id).fetch_add(1);
  for (bool ended = false; !ended;) {
    const Frame frame = NextFrame(exchange);
    ended = frame.type == FrameType::kEnd || frame.type == FrameType::kAbort;
    exchange.Consume();
  }
  exchange.Write(FrameType::kHead, Bytes(RequestHeadOf(id)));
  exchange.Flush();
  WriteAll(exchange, ResponseBodyOf(id));
  oracle.finished(id).fetch_add(1);
  exchange.Finish();
}

void ServeThreads(WorkerEnd& worker, Oracle& oracle) {
  std::vector<std::thread> threads;
  for (uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      ServeUntilClosed(worker, thread, [&](Exchange& exchange) { ServeOne(exchange, oracle); });
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// One turn of a loop for one exchange; true when it is over.
bool Advance(Exchange& exchange, Progress& progress) {
  while (const auto frame = exchange.Read()) {
    if (frame->type != FrameType::kEnd && frame->type != FrameType::kAbort) continue;
    progress.asked = true;
    exchange.Write(FrameType::kHead, Bytes(RequestHeadOf(exchange.request_id())));
    progress.response = ResponseBodyOf(exchange.request_id());
    break;
  }
  exchange.Consume();
  const size_t written = exchange.Write(FrameType::kData, Bytes(progress.response));
  progress.response.erase(0, written);
  exchange.Flush();
  return exchange.disconnected() || (progress.asked && progress.response.empty());
}

void ServeLoop(WorkerEnd& worker, Oracle& oracle) {
  std::map<Exchange*, Progress> running;
  const auto turn = [&](Exchange& exchange) {
    if (!Advance(exchange, running[&exchange])) return;
    oracle.finished(exchange.request_id()).fetch_add(1);
    running.erase(&exchange);
    exchange.Finish();
  };
  while (!worker.closed()) {
    worker.CollectDirty(turn);
    while (Exchange* exchange = worker.TryTake()) {
      oracle.started(exchange->request_id()).fetch_add(1);
      turn(*exchange);
    }
    if (!worker.PrepareToSleep()) continue;
    pollfd wanted{worker.bell(), POLLIN, 0};
    ::poll(&wanted, 1, -1);
    worker.WokeUp();
  }
  while (!running.empty()) turn(*running.begin()->first);
}

}  // namespace

void SetTrap(KillPoint point, int nth) {
  trap.left = nth;
  trap.point = point;
}

Oracle::Oracle() {
  void* memory = ::mmap(nullptr, 2 * kMaxIds, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) ::abort();
  started_ = static_cast<std::atomic<uint8_t>*>(memory);
  finished_ = started_ + kMaxIds;
}

Oracle::~Oracle() { ::munmap(started_, 2 * kMaxIds); }

pid_t Spawn(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  return child;
}

int Await(pid_t process) {
  const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
  int status = 0;
  while (::waitpid(process, &status, WNOHANG) == 0) {
    if (base::MonotonicNow() > deadline) {
      ::kill(process, SIGABRT);
      ::waitpid(process, &status, 0);
      return 1000;
    }
    ::usleep(200);  // the interval of a poll: the deadline above is what decides
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

int RunWorker(Kind kind, std::vector<WorkerFds> channels, Oracle& oracle) {
  for (WorkerFds& fds : channels) {
    auto worker = WorkerEnd::Attach(std::move(fds));
    if (!worker) return 1;
    if (kind == Kind::kLoop) {
      ServeLoop(**worker, oracle);
    } else {
      ServeThreads(**worker, oracle);
    }
  }
  return 0;
}

std::string RequestHeadOf(uint64_t id) { return Pattern(id % 3 == 0 ? 6000 : 100, id); }
std::string RequestBodyOf(uint64_t id) { return Pattern(id % 4 == 0 ? 20'000 : 0, id + 1); }
std::string ResponseBodyOf(uint64_t id) { return Pattern(id % 4 == 1 ? 30'000 : 10, id + 2); }

}  // namespace testing
}  // namespace monoceros::channel
