// SPDX-License-Identifier: Apache-2.0
//
// Workers of a loop class without Python, behind the real router and channel: what the router does
// when every worker has room for a thousand requests and some of the loops stall. It serves what
// tests/apps/wsgi/sleepy.py serves, but /slow holds up the whole loop.
//
//   loop_stand_in --port PORT [--workers N]      until SIGTERM or SIGINT

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/syscall.h"
#include "channel/channel.h"
#include "channel/heads.h"
#include "channel/worker_end.h"
#include "router/router.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::bench {
namespace {

constexpr uint32_t kCapacity = 1000;
constexpr channel::Shape kLoopShape{
    .slots = kCapacity + 100, .threads = 0, .request_blocks = 2200, .response_blocks = 4400};

struct Options {
  uint16_t port = 0;
  uint32_t workers = 4;
};

// --- Worker --------------------------------------------------------------------------------------

// The last value of `ms` in a query string; 50 when there is none.
std::chrono::milliseconds SlowTime(std::string_view query) {
  int milliseconds = 50;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (!part.starts_with("ms=")) continue;
    std::from_chars(part.data() + 3, part.data() + part.size(), milliseconds);
  }
  return std::chrono::milliseconds(milliseconds);
}

void Answer(channel::Exchange& exchange, std::string_view body) {
  const std::string length = std::to_string(body.size());
  std::string head;
  channel::Encode({.status = 200,
                   .reason = "OK",
                   .fields = {{"Content-Type", "text/plain"}, {"Content-Length", length}}},
                  head);
  exchange.Write(channel::FrameType::kHead, std::as_bytes(std::span(head)));
  exchange.Write(channel::FrameType::kData, std::as_bytes(std::span(body)));
  exchange.Finish();
}

void Serve(channel::Exchange& exchange) {
  const auto frame = exchange.Read();
  if (!frame || frame->type != channel::FrameType::kHead) return exchange.Abort();
  const std::vector<std::byte> bytes(frame->payload.begin(), frame->payload.end());
  exchange.Consume();
  channel::RequestHead head;
  if (!channel::Decode(bytes, head)) return exchange.Abort();
  if (head.path != "/slow") return Answer(exchange, "Hello, world!\n");
  std::this_thread::sleep_for(SlowTime(head.query));
  Answer(exchange, "slow\n");
}

void WaitForBell(channel::WorkerEnd& channel) {
  if (!channel.PrepareToSleep()) return;
  pollfd bell{channel.bell(), POLLIN, 0};
  ::poll(&bell, 1, -1);
  channel.WokeUp();
}

// One callback a turn: what lies behind a slow one stays untaken, and may be taken back.
int RunWorker(channel::WorkerFds fds) {
  const auto attached = channel::WorkerEnd::Attach(std::move(fds));
  if (!attached) throw std::runtime_error(attached.error().message);
  channel::WorkerEnd& channel = **attached;
  while (!channel.closed()) {
    channel.CollectDirty([](channel::Exchange&) {});
    if (channel::Exchange* exchange = channel.TryTake()) {
      Serve(*exchange);
    } else {
      WaitForBell(channel);
    }
  }
  return 0;
}

// --- Master --------------------------------------------------------------------------------------

// Signals are blocked in the master and stay so in its router, as RunRouter wants it.
sigset_t BlockSignals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// The child dies with us and leaves with what `run` returns.
template <typename Run>
pid_t Fork(Run&& run) {
  const pid_t pid = base::Check(::fork(), "fork()");
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    ::_exit(run());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loop_stand_in: %s\n", error.what());
  }
  ::_exit(1);
}

base::Fd Listen(uint16_t port) {
  base::Fd listener(
      base::Check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket()"));
  const int yes = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  base::Check(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
              "bind(127.0.0.1:{})", port);
  base::Check(::listen(listener.get(), 2048), "listen()");
  return listener;
}

// The router and its workers; all die with the object.
class Processes {
 public:
  explicit Processes(const Options& options) {
    base::Fd listener = Listen(options.port);
    for (uint32_t i = 0; i < options.workers; ++i) StartWorker();
    StartRouter(std::move(listener));
    for (uint32_t i = 0; i < options.workers; ++i) HandOver(i);
  }
  ~Processes() {
    for (const pid_t pid : pids_) ::kill(pid, SIGKILL);
    while (::wait(nullptr) > 0) continue;
  }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

 private:
  void StartWorker() {
    channel::NewChannel made = channel::Create(kLoopShape);
    pids_.push_back(Fork([&] { return RunWorker(std::move(made.worker)); }));
    channels_.push_back(std::move(made.router));
  }

  void StartRouter(base::Fd listener) {
    auto scoreboard = scoreboard::Scoreboard::CreateMemory(static_cast<uint32_t>(pids_.size()), 1);
    if (!scoreboard) throw std::runtime_error(scoreboard.error().message);
    auto [mine, theirs] = base::MessageSocket::Pair();
    router_ = std::move(mine);
    router::RouterStart start{{}, {}, std::move(theirs), std::move(*scoreboard)};
    start.settings.loglevel = "warning";
    start.listeners.push_back(std::move(listener));
    pids_.push_back(Fork([&] {
      router_.Close();
      return router::RunRouter(std::move(start));
    }));
  }

  void HandOver(uint32_t row) {
    const pid_t pid = pids_[row];
    const base::Fd pidfd(
        static_cast<int>(base::Check(::syscall(SYS_pidfd_open, pid, 0), "pidfd_open({})", pid)));
    const channel::RouterFds fds = std::move(channels_[row]);
    const nlohmann::json order{
        {"op", "add_worker"}, {"incarnation", row + 1}, {"row", row},
        {"pid", pid},         {"capacity", kCapacity},  {"worker_class", "asgi"}};
    const bool sent =
        router_.Send(order.dump(), {fds.memory.get(), fds.router_bell.get(), fds.worker_bell.get(),
                                    fds.socket.get(), pidfd.get()});
    if (!sent) throw std::runtime_error("the router does not listen");
  }

  std::vector<pid_t> pids_;  // the workers, then the router
  std::vector<channel::RouterFds> channels_;
  base::MessageSocket router_;
};

// False when it is not understood.
bool Parse(const std::vector<std::string_view>& arguments, Options& options) {
  const auto number = [](std::string_view text, auto& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value > 0;
  };
  for (size_t i = 0; i < arguments.size(); i += 2) {
    const std::string_view value = i + 1 < arguments.size() ? arguments[i + 1] : "";
    const bool known = arguments[i] == "--port"      ? number(value, options.port)
                       : arguments[i] == "--workers" ? number(value, options.workers)
                                                     : false;
    if (!known) return false;
  }
  return options.port != 0;
}

// Until it is told to leave (0), or a child left by itself (1).
int Run(const Options& options) {
  const sigset_t signals = BlockSignals();
  const Processes processes(options);
  int signal = 0;
  ::sigwait(&signals, &signal);
  return signal == SIGCHLD ? 1 : 0;
}

}  // namespace
}  // namespace monoceros::bench

int main(int argc, char** argv) {
  monoceros::bench::Options options;
  if (!monoceros::bench::Parse({argv + 1, argv + argc}, options)) {
    std::fprintf(stderr, "usage: loop_stand_in --port PORT [--workers N]\n");
    return 2;
  }
  try {
    return monoceros::bench::Run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loop_stand_in: %s\n", error.what());
    return 1;
  }
}
