// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/statsd.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "agent/metrics/statsd_lines.h"
#include "base/fd.h"
#include "snapshots.h"

namespace monoceros::agent {
namespace {

using scoreboard::Snapshot;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

Snapshot After(uint64_t requests) {
  Snapshot now = Pool(3, 1, 1);
  now.router.requests = requests;
  now.router.responses_by_class[2] = requests;
  return now;
}

scoreboard::HistogramCopy& ApplicationTime(Snapshot& now) {
  return now.router.histograms[static_cast<size_t>(scoreboard::PoolHistogram::kApplication) + 1];
}

TEST(StatsdLines, carry_the_growth_under_gunicorns_names) {
  const Snapshot before = After(10), now = After(35);
  EXPECT_THAT(StatsdLines(&before, now, {}),
              ElementsAre("gunicorn.workers:3|g", "gunicorn.requests:25|c|@1.0",
                          "gunicorn.request.status.2xx:25|c|@1.0"));
}

TEST(StatsdLines, are_gauges_only_when_there_is_nothing_to_compare_with) {
  Snapshot before = After(10);
  EXPECT_THAT(StatsdLines(nullptr, After(35), {}), ElementsAre("gunicorn.workers:3|g"));
  before.header.master_started_at = 1;
  EXPECT_THAT(StatsdLines(&before, After(35), {}), ElementsAre("gunicorn.workers:3|g"));
}

TEST(StatsdLines, have_prefix_and_tags) {
  EXPECT_THAT(StatsdLines(nullptr, After(1), {"", "shop.", "env:test,az:b", false}),
              ElementsAre("shop.gunicorn.workers:3|g|#env:test,az:b"));
}

TEST(StatsdLines, have_the_backlog_where_it_is_asked_for) {
  Snapshot now = After(1);
  now.router.backlog = 9;
  EXPECT_THAT(StatsdLines(nullptr, now, {"", "", "", true}), Contains("gunicorn.backlog:9|h"));
}

TEST(StatsdLines, place_durations_so_that_their_mean_is_true) {
  const Snapshot before = After(0);
  Snapshot now = After(3);
  ApplicationTime(now).counts[1] = 1;  // 0.5 to 1 ms
  ApplicationTime(now).counts[4] = 2;  // 5 to 10 ms
  ApplicationTime(now).sum_nanoseconds = 750'000 + 15'000'000;
  EXPECT_THAT(StatsdLines(&before, now, {}),
              IsSupersetOf({"gunicorn.request.duration:0.750000|ms|@1",
                            "gunicorn.request.duration:7.500000|ms|@0.5"}));
}

TEST(StatsdLines, do_not_take_a_shrunk_counter_for_growth) {
  const Snapshot before = After(10);
  EXPECT_THAT(StatsdLines(&before, After(9), {}), ElementsAre("gunicorn.workers:3|g"));
}

TEST(PackDatagrams, fills_packets_and_splits_no_line) {
  const std::vector<std::string> lines(100, std::string(99, 'x'));
  const auto datagrams = PackDatagrams(lines);
  EXPECT_EQ(8u, datagrams.size());
  for (const std::string& datagram : datagrams) {
    EXPECT_LE(datagram.size(), 1432u);
    EXPECT_EQ(0u, (datagram.size() + 1) % 100);
  }
}

// Receives at a Unix socket in a folder of its own.
class UnixServer {
 public:
  UnixServer() {
    std::string pattern = std::filesystem::temp_directory_path() / "statsd-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    Listen();
  }
  ~UnixServer() { std::filesystem::remove_all(folder_); }

  void Listen() {
    socket_ = base::Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    ::unlink(path().c_str());
    EXPECT_EQ(0, ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
  }
  void Stop() { socket_.Close(); }
  std::string Receive() {
    char text[2048];
    const ssize_t got = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return got < 0 ? "" : std::string(text, static_cast<size_t>(got));
  }
  std::string path() const { return folder_ + "/socket"; }

 private:
  std::string folder_;
  base::Fd socket_;
};

TEST(Statsd, sends_to_a_unix_socket_what_changed_since_the_last_time) {
  UnixServer server;
  Statsd statsd({"unix:" + server.path(), "", "", false});
  statsd.Send(After(5));
  EXPECT_EQ("gunicorn.workers:3|g", server.Receive());
  statsd.Send(After(7));
  EXPECT_THAT(server.Receive(), HasSubstr("gunicorn.requests:2|c"));
  statsd.Send(After(7));
  EXPECT_THAT(server.Receive(), Not(HasSubstr("gunicorn.requests")));
  EXPECT_EQ(0u, statsd.failures());
}

TEST(Statsd, counts_what_a_server_that_is_gone_does_not_take) {
  UnixServer server;
  Statsd statsd({"unix:" + server.path(), "", "", false});
  statsd.Send(After(5));
  server.Stop();
  statsd.Send(After(6));
  EXPECT_EQ(1u, statsd.failures());
}

TEST(Statsd, never_blocks_on_a_server_that_does_not_read) {
  UnixServer server;
  Statsd statsd({"unix:" + server.path(), "", "", false});
  for (uint64_t round = 0; round < 5000; ++round) statsd.Send(After(round));
  EXPECT_GT(statsd.failures(), 0u);
}

TEST(Statsd, counts_failures_where_there_is_no_server) {
  Statsd statsd({"unix:/nowhere/at/all", "", "", false});
  statsd.Send(After(5));
  statsd.Send(After(6));
  EXPECT_EQ(2u, statsd.failures());
}

TEST(Statsd, sends_by_udp_once_the_host_is_known) {
  base::Fd server(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(0, ::bind(server.get(), reinterpret_cast<sockaddr*>(&address), length));
  ASSERT_EQ(0, ::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &length));
  Statsd statsd({"localhost:" + std::to_string(ntohs(address.sin_port)), "", "", false});
  pollfd readable{server.get(), POLLIN, 0};
  for (int round = 0; round < 500; ++round) {
    statsd.Send(After(5));
    if (::poll(&readable, 1, 20) > 0) break;
  }
  char text[2048];
  const ssize_t got = ::recv(server.get(), text, sizeof text, MSG_DONTWAIT);
  ASSERT_GT(got, 0);
  EXPECT_THAT(std::string(text, static_cast<size_t>(got)), HasSubstr("gunicorn.workers:3|g"));
}

}  // namespace
}  // namespace monoceros::agent
