// SPDX-License-Identifier: Apache-2.0
#include "router/measure/backlog.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace monoceros::router {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_un unix_socket;
};

Address Loopback() {
  Address address{};
  address.v4.sin_family = AF_INET;
  address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A Unix address of this process without a file.
Address Abstract() {
  Address address{};
  address.unix_socket.sun_family = AF_UNIX;
  std::snprintf(address.unix_socket.sun_path + 1, 64, "backlog_test.%d", ::getpid());
  return address;
}

struct Listening {
  Listening(Address wanted, int backlog) : address(wanted) {
    socket = base::Fd(::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    length = address.any.sa_family == AF_UNIX ? sizeof address.unix_socket : sizeof address.v4;
    EXPECT_EQ(::bind(socket.get(), &address.any, length), 0);
    EXPECT_EQ(::listen(socket.get(), backlog), 0);
    length = sizeof address;
    EXPECT_EQ(::getsockname(socket.get(), &address.any, &length), 0);
  }
  base::Fd Connect() const {
    base::Fd client(::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), &address.any, length), 0);
    return client;
  }
  Address address;
  socklen_t length = 0;
  base::Fd socket;
};

struct AcceptQueueTest : testing::TestWithParam<bool> {
  static Address Wanted() { return GetParam() ? Abstract() : Loopback(); }
};
INSTANTIATE_TEST_SUITE_P(UnixAndTcp, AcceptQueueTest, testing::Bool());

TEST_P(AcceptQueueTest, counts_connections_that_nobody_has_accepted) {
  const Listening listening(Wanted(), 17);
  ASSERT_EQ(ReadAcceptQueue(listening.socket.get())->waiting, 0U);
  std::vector<base::Fd> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(listening.Connect());
  const auto queue = ReadAcceptQueue(listening.socket.get());
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->waiting, 3U);
  EXPECT_EQ(queue->limit, 17U);
  const base::Fd accepted(::accept(listening.socket.get(), nullptr, nullptr));
  EXPECT_EQ(ReadAcceptQueue(listening.socket.get())->waiting, 2U);
}

TEST(BacklogWatch, sums_all_sockets_and_passes_over_closed_ones) {
  const Listening one(Loopback(), 5);
  const Listening two(Abstract(), 7);
  const base::Fd client = two.Connect();
  const auto row = std::make_unique<scoreboard::RouterRow>();
  BacklogWatch().Sample(std::array{one.socket.get(), -1, two.socket.get()}, *row);
  EXPECT_EQ(row->backlog, 1U);
  EXPECT_EQ(row->backlog_limit, 12U);
}

TEST(ListenOverflows, are_the_number_below_their_name) {
  EXPECT_EQ(ParseListenOverflows("TcpExt: SyncookiesSent ListenOverflows ListenDrops\n"
                                 "TcpExt: 1 23 45\n"
                                 "IpExt: InNoRoutes\nIpExt: 7\n"),
            23U);
  EXPECT_EQ(ParseListenOverflows("IpExt: ListenOverflows\nIpExt: 7\n"
                                 "TcpExt: A ListenOverflows\nTcpExt: 0 18446744073709551615\n"),
            UINT64_MAX);
}

TEST(ListenOverflows, are_zero_where_the_text_does_not_say) {
  for (const char* text : {"", "\n", "TcpExt:", "TcpExt: ListenOverflows\n", "x\ny\nz",
                           "TcpExt: ListenOverflows\nTcpExt: many\n"}) {
    EXPECT_EQ(ParseListenOverflows(text), 0U) << text;
  }
}

}  // namespace
}  // namespace monoceros::router
