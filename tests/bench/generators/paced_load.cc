// SPDX-License-Identifier: Apache-2.0
//
// Requests at an even rate whatever the server does, one of ten to /slow, over keep-alive
// connections that take turns. A request's time begins when it was due, not when a connection was
// free for it, so that a server that stands still is not spared.
//
//   paced_load PORT CONNECTIONS RATE SECONDS     prints one line of JSON

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>

#include "generators/sockets.h"

namespace monoceros::bench {
namespace {

constexpr std::string_view kFast = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
constexpr std::string_view kSlow = "GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
constexpr uint64_t kSlowEvery = 10;
constexpr uint64_t kTimer = UINT64_MAX;
constexpr int64_t kTickMicroseconds = 250;

struct Client {
  base::Fd socket;
  std::string received;
  int64_t due_at = 0;
  bool slow = false;
};

class Generator {
 public:
  Generator(uint16_t port, size_t connections, int64_t rate);
  void Run(int64_t seconds);
  void Print();

 private:
  void SetTimer() const;
  void SendDue();
  void Receive(size_t number);
  void Reopen(size_t number);

  const uint16_t port_;
  const int64_t rate_;
  base::Fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  base::Fd timer_{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
  std::vector<Client> clients_;
  std::deque<size_t> idle_;
  int64_t began_ = 0;
  int64_t until_ = 0;
  uint64_t sent_ = 0;
  uint64_t errors_ = 0;
  std::vector<uint32_t> fast_;
  std::vector<uint32_t> slow_;
};

// How long a whole answer at the beginning of `bytes` is; 0 when it is not whole.
size_t AnswerBytes(const std::string& bytes) {
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  const size_t head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  size_t length = 0;
  if (const char* field = ::strcasestr(bytes.c_str(), kLength.data())) {
    std::from_chars(field + kLength.size(), bytes.data() + head, length);
  }
  const size_t whole = head + 4 + length;
  return bytes.size() >= whole ? whole : 0;
}

Generator::Generator(uint16_t port, size_t connections, int64_t rate)
    : port_(port), rate_(rate), clients_(connections) {
  for (size_t i = 0; i < connections; ++i) Reopen(i);
  Watch(epoll_.get(), timer_.get(), kTimer);
}

// A server may close a connection, after an answer too.
void Generator::Reopen(size_t number) {
  Client& client = clients_[number];
  client.socket = Connect(port_);
  client.received.clear();
  SetNonBlocking(client.socket.get());
  Watch(epoll_.get(), client.socket.get(), number);
  idle_.push_back(number);
}

void Generator::SetTimer() const {
  const itimerspec every{.it_interval = {.tv_sec = 0, .tv_nsec = kTickMicroseconds * 1000},
                         .it_value = {.tv_sec = 0, .tv_nsec = 1}};
  if (::timerfd_settime(timer_.get(), 0, &every, nullptr) != 0) Die("timerfd_settime");
}

void Generator::SendDue() {
  const int64_t now = Now();
  while (!idle_.empty()) {
    const int64_t due = began_ + static_cast<int64_t>(sent_) * 1'000'000 / rate_;
    if (due > now || due >= until_) return;
    const size_t number = idle_.front();
    idle_.pop_front();
    Client& client = clients_[number];
    client.due_at = due;
    client.slow = sent_++ % kSlowEvery == 0;
    if (!SendAll(client.socket.get(), client.slow ? kSlow : kFast)) ++errors_;
  }
}

void Generator::Receive(size_t number) {
  Client& client = clients_[number];
  std::array<char, 4096> buffer;
  const ssize_t count = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (count <= 0) {
    const auto place = std::find(idle_.begin(), idle_.end(), number);
    place == idle_.end() ? static_cast<void>(++errors_) : static_cast<void>(idle_.erase(place));
    return Reopen(number);
  }
  client.received.append(buffer.data(), static_cast<size_t>(count));
  const size_t whole = AnswerBytes(client.received);
  if (whole == 0) return;
  if (!client.received.starts_with("HTTP/1.1 200")) ++errors_;
  client.received.erase(0, whole);
  (client.slow ? slow_ : fast_).push_back(static_cast<uint32_t>(Now() - client.due_at));
  idle_.push_back(number);
  SendDue();
}

// What is due at the end has a second to be answered.
void Generator::Run(int64_t seconds) {
  began_ = Now();
  until_ = began_ + seconds * 1'000'000;
  SetTimer();
  std::array<epoll_event, 64> events;
  while (Now() < until_ || (idle_.size() < clients_.size() && Now() < until_ + 1'000'000)) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 100);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 != kTimer) {
        Receive(events[i].data.u64);
        continue;
      }
      uint64_t ticks = 0;
      if (::read(timer_.get(), &ticks, sizeof(ticks)) > 0) SendDue();
    }
  }
  errors_ += clients_.size() - idle_.size();
}

void Generator::Print() {
  const double seconds = static_cast<double>(until_ - began_) / 1e6;
  std::printf(R"({"requests": %zu, "seconds": %.6f, "errors": %llu, "fast": %zu, "slow": %zu, )"
              R"("fast_p50_ms": %.3f, "fast_p99_ms": %.3f, "slow_p50_ms": %.3f})"
              "\n",
              fast_.size() + slow_.size(), seconds, static_cast<unsigned long long>(errors_),
              fast_.size(), slow_.size(), Percentile(fast_, 0.5), Percentile(fast_, 0.99),
              Percentile(slow_, 0.5));
}

}  // namespace
}  // namespace monoceros::bench

int main(int count, char** arguments) {
  using monoceros::bench::ToNumber;
  if (count != 5) {
    std::fprintf(stderr, "usage: paced_load PORT CONNECTIONS RATE SECONDS\n");
    return 2;
  }
  monoceros::bench::Generator generator(static_cast<uint16_t>(ToNumber(arguments[1])),
                                        static_cast<size_t>(ToNumber(arguments[2])),
                                        ToNumber(arguments[3]));
  generator.Run(ToNumber(arguments[4]));
  generator.Print();
  return 0;
}
