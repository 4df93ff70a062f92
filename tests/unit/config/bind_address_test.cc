// SPDX-License-Identifier: Apache-2.0
#include "config/bind_address.h"

#include <gtest/gtest.h>

namespace monoceros::config {
namespace {

using Kind = BindAddress::Kind;

BindAddress Tcp(std::string host, uint16_t port) {
  return {.kind = Kind::kTcp, .host = std::move(host), .port = port};
}

TEST(BindAddress, reads_hosts_and_ports) {
  EXPECT_EQ(ParseBindAddress("127.0.0.1:8000").value(), Tcp("127.0.0.1", 8000));
  EXPECT_EQ(ParseBindAddress("example.test:80").value(), Tcp("example.test", 80));
  EXPECT_EQ(ParseBindAddress("tcp://0.0.0.0:0").value(), Tcp("0.0.0.0", 0));
}

TEST(BindAddress, a_host_alone_gets_port_8000) {
  EXPECT_EQ(ParseBindAddress("0.0.0.0").value(), Tcp("0.0.0.0", 8000));
  EXPECT_EQ(ParseBindAddress("localhost").value(), Tcp("localhost", 8000));
  EXPECT_EQ(ParseBindAddress("[::1]").value(), Tcp("::1", 8000));
}

TEST(BindAddress, a_port_alone_means_all_interfaces) {
  EXPECT_EQ(ParseBindAddress(":8080").value(), Tcp("0.0.0.0", 8080));
}

TEST(BindAddress, reads_ipv6_in_brackets) {
  EXPECT_EQ(ParseBindAddress("[::]:80").value(), Tcp("::", 80));
  EXPECT_EQ(ParseBindAddress("[fe80::1%eth0]:80").value(), Tcp("fe80::1%eth0", 80));
}

TEST(BindAddress, reads_unix_sockets_and_inherited_descriptors) {
  const BindAddress unix_socket = ParseBindAddress("unix:/run/app.sock").value();
  EXPECT_EQ(unix_socket.kind, Kind::kUnix);
  EXPECT_EQ(unix_socket.path, "/run/app.sock");
  EXPECT_EQ(ParseBindAddress("unix:///run/app.sock").value(), unix_socket);
  EXPECT_EQ(ParseBindAddress("unix:app.sock").value().path, "app.sock");
  const BindAddress inherited = ParseBindAddress("fd://3").value();
  EXPECT_EQ(inherited.kind, Kind::kInherited);
  EXPECT_EQ(inherited.fd, 3);
}

TEST(BindAddress, refuses_what_is_no_address) {
  const std::string long_path = "unix:/" + std::string(108, 'x');
  for (const std::string text :
       {"",          "8000",           "::1",     "::1:8000",        "[::1",
        "[::1]8000", "[example]:80",   "[]:80",   "host:",           "h:-1",
        "h:65536",   "h:80x",          "h: 80",   "http://h:80",     "unix:",
        "fd://",     "fd://x",         "fd://-1", "fd://9999999999", "two words:80",
        "=:80",      long_path.c_str()}) {
    EXPECT_FALSE(ParseBindAddress(text)) << text;
  }
}

TEST(BindAddress, writes_what_it_reads) {
  for (const char* text : {"127.0.0.1:8000", "[::1]:8000", "unix:/run/app.sock", "fd://3"}) {
    EXPECT_EQ(ParseBindAddress(text).value().ToText(), text);
  }
}

}  // namespace
}  // namespace monoceros::config
