// SPDX-License-Identifier: Apache-2.0
//
// Many WebSocket connections to an echo service, each with one small text message under way.
//
//   websocket_load PORT CONNECTIONS SECONDS      prints one line of JSON, as report.lua does

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "generators/sockets.h"

namespace monoceros::bench {
namespace {

constexpr std::string_view kHandshake =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view kText = "a text message of 32 bytes ASCII";
constexpr size_t kTextBytes = kText.size();
constexpr uint8_t kTextFrame = 0x81;  // FIN and the opcode (RFC 6455 section 5.2)
constexpr uint8_t kMasked = 0x80;
constexpr size_t kHeadBytes = 2;
constexpr std::array<uint8_t, 4> kMask = {0x37, 0xfa, 0x21, 0x3d};

struct Client {
  base::Fd socket;
  std::string received;
  int64_t sent_at = 0;
};

struct Totals {
  std::vector<uint32_t> latencies;
  uint64_t errors = 0;
};

std::string MaskedFrame() {
  std::string frame = {static_cast<char>(kTextFrame), static_cast<char>(kMasked | kTextBytes)};
  frame.append(reinterpret_cast<const char*>(kMask.data()), kMask.size());
  for (size_t i = 0; i < kTextBytes; ++i) frame += static_cast<char>(kText[i] ^ kMask[i % 4]);
  return frame;
}

void Send(Client& client, const std::string& frame, Totals& totals) {
  client.sent_at = Now();
  if (!SendAll(client.socket.get(), frame)) ++totals.errors;
}

// The handshake's answer, read byte by byte: frames may follow at once.
void Open(Client& client, uint16_t port) {
  client.socket = Connect(port);
  if (!SendAll(client.socket.get(), kHandshake)) Die("handshake");
  std::string answer;
  char byte = 0;
  while (!answer.ends_with("\r\n\r\n")) {
    if (::recv(client.socket.get(), &byte, 1, 0) != 1) Die("handshake");
    answer += byte;
  }
  if (!answer.starts_with("HTTP/1.1 101 ")) {
    std::fprintf(stderr, "the handshake was refused:\n%s", answer.c_str());
    std::exit(1);
  }
  SetNonBlocking(client.socket.get());
}

// Takes the whole frames of what was received; the next message goes out for each echo. Frames that
// are no echo of ours (a ping) are passed over: no run is as long as a ping's limit.
void TakeFrames(Client& client, const std::string& frame, Totals& totals) {
  while (client.received.size() >= kHeadBytes) {
    const size_t length = static_cast<uint8_t>(client.received[1]);
    if (client.received.size() < kHeadBytes + length) return;
    const bool text = static_cast<uint8_t>(client.received[0]) == kTextFrame;
    const bool same = client.received.compare(kHeadBytes, length, kText) == 0;
    client.received.erase(0, kHeadBytes + length);
    if (!text) continue;
    if (!same) ++totals.errors;
    totals.latencies.push_back(static_cast<uint32_t>(Now() - client.sent_at));
    Send(client, frame, totals);
  }
}

void Receive(int epoll, Client& client, const std::string& frame, Totals& totals) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (count <= 0) {
    ++totals.errors;
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, client.socket.get(), nullptr);
    return;
  }
  client.received.append(buffer.data(), static_cast<size_t>(count));
  TakeFrames(client, frame, totals);
}

void Run(std::vector<Client>& clients, int64_t until, Totals& totals) {
  const base::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  const std::string frame = MaskedFrame();
  for (size_t i = 0; i < clients.size(); ++i) {
    Watch(epoll.get(), clients[i].socket.get(), i);
    Send(clients[i], frame, totals);
  }
  std::array<epoll_event, 256> events;
  while (Now() < until) {
    const int count = ::epoll_wait(epoll.get(), events.data(), events.size(), 100);
    for (int i = 0; i < count; ++i) {
      Receive(epoll.get(), clients[events[i].data.u64], frame, totals);
    }
  }
}

int Main(char** arguments) {
  const auto port = static_cast<uint16_t>(ToNumber(arguments[1]));
  std::vector<Client> clients(static_cast<size_t>(ToNumber(arguments[2])));
  for (Client& client : clients) Open(client, port);
  Totals totals;
  const int64_t began = Now();
  Run(clients, began + ToNumber(arguments[3]) * 1'000'000, totals);
  const double seconds = static_cast<double>(Now() - began) / 1e6;
  const size_t messages = totals.latencies.size();
  std::printf(R"({"requests": %zu, "seconds": %.6f, "errors": %llu, )"
              R"("p50_ms": %.3f, "p90_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f})"
              "\n",
              messages, seconds, static_cast<unsigned long long>(totals.errors),
              Percentile(totals.latencies, 0.5), Percentile(totals.latencies, 0.9),
              Percentile(totals.latencies, 0.99), Percentile(totals.latencies, 1));
  return 0;
}

}  // namespace
}  // namespace monoceros::bench

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: websocket_load PORT CONNECTIONS SECONDS\n");
    return 2;
  }
  return monoceros::bench::Main(arguments);
}
