// SPDX-License-Identifier: Apache-2.0
#include "master/listeners.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;
using config::BindAddress;

class Collector final : public base::LogSink {
 public:
  void Write(std::string_view line) override { text += line; }
  std::string text;
};

class ListenersTest : public testing::Test {
 protected:
  ListenersTest()
      : folder_(fs::temp_directory_path() / ("listeners_" + std::to_string(::getpid()))),
        log_(sink_, base::LogLevel::kInfo, false, "master") {
    fs::create_directories(folder_);
  }
  ~ListenersTest() override { fs::remove_all(folder_); }

  base::Result<Listeners> Open(const BindAddress& address) {
    return Listeners::Open({address}, 16, log_, [this] {
      ++pauses_;
      if (on_pause_) on_pause_();
    });
  }
  static BindAddress Tcp(const std::string& host, uint16_t port) {
    BindAddress address;
    address.host = host;
    address.port = port;
    return address;
  }
  BindAddress Unix(const std::string& name) const {
    BindAddress address;
    address.kind = BindAddress::Kind::kUnix;
    address.path = (folder_ / name).string();
    return address;
  }
  static uint16_t PortOf(int fd) {
    sockaddr_in name{};
    socklen_t length = sizeof name;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
    return ntohs(name.sin_port);
  }

  fs::path folder_;
  Collector sink_;
  base::Logger log_;
  int pauses_ = 0;
  std::function<void()> on_pause_;
};

TEST_F(ListenersTest, listens_on_a_free_port_and_says_which) {
  const auto listeners = Open(Tcp("127.0.0.1", 0));
  ASSERT_TRUE(listeners) << listeners.error().message;
  const int fd = listeners->descriptors().at(0);
  EXPECT_EQ(listeners->ToText(), "http://127.0.0.1:" + std::to_string(PortOf(fd)));
  EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(::fcntl(fd, F_GETFL) & O_NONBLOCK);
}

TEST_F(ListenersTest, keeps_an_ipv6_socket_to_ipv6) {
  const auto listeners = Open(Tcp("::1", 0));
  if (!listeners) GTEST_SKIP() << "no IPv6 here: " << listeners.error().message;
  int only = 0;
  socklen_t length = sizeof only;
  ::getsockopt(listeners->descriptors().at(0), IPPROTO_IPV6, IPV6_V6ONLY, &only, &length);
  EXPECT_EQ(only, 1);
  EXPECT_TRUE(listeners->ToText().starts_with("http://[::1]:"));
}

TEST_F(ListenersTest, tries_an_address_in_use_five_times_and_names_it) {
  const auto first = Open(Tcp("127.0.0.1", 0));
  const uint16_t port = PortOf(first->descriptors().at(0));
  const auto second = Open(Tcp("127.0.0.1", port));
  ASSERT_FALSE(second);
  EXPECT_EQ(pauses_, 4);
  EXPECT_TRUE(second.error().message.starts_with("127.0.0.1:" + std::to_string(port) +
                                                 " is in use by another program"));
  EXPECT_NE(sink_.text.find("is in use; trying again"), std::string::npos);
}

TEST_F(ListenersTest, takes_an_address_that_becomes_free) {
  auto first = Open(Tcp("127.0.0.1", 0));
  const uint16_t port = PortOf(first->descriptors().at(0));
  on_pause_ = [&] { first->Close(); };
  EXPECT_TRUE(Open(Tcp("127.0.0.1", port)));
  EXPECT_EQ(pauses_, 1);
}

TEST_F(ListenersTest, says_that_an_address_is_not_this_machines) {
  const auto listeners = Open(Tcp("192.0.2.1", 0));
  ASSERT_FALSE(listeners);
  EXPECT_NE(listeners.error().message.find("no such address"), std::string::npos);
}

TEST_F(ListenersTest, makes_a_unix_socket_for_everybody_and_removes_it) {
  const BindAddress address = Unix("app.sock");
  {
    const auto listeners = Open(address);
    ASSERT_TRUE(listeners) << listeners.error().message;
    struct stat file;
    ASSERT_EQ(::stat(address.path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0777U);
    EXPECT_EQ(listeners->ToText(), "unix:" + address.path);
  }
  EXPECT_FALSE(fs::exists(address.path));
}

TEST_F(ListenersTest, replaces_a_stale_unix_socket) {
  const BindAddress address = Unix("app.sock");
  const base::Fd stale(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  address.path.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(stale.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  EXPECT_TRUE(Open(address));
}

TEST_F(ListenersTest, leaves_a_unix_socket_alone_that_somebody_serves) {
  const BindAddress address = Unix("app.sock");
  const auto first = Open(address);
  const auto second = Open(address);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos);
  EXPECT_TRUE(fs::exists(address.path));
}

TEST_F(ListenersTest, refuses_a_path_that_is_no_socket) {
  const BindAddress address = Unix("file");
  std::ofstream(address.path) << "text";
  const auto listeners = Open(address);
  ASSERT_FALSE(listeners);
  EXPECT_NE(listeners.error().message.find("is not a socket"), std::string::npos);
  EXPECT_TRUE(fs::exists(address.path));
}

TEST_F(ListenersTest, leaves_a_socket_alone_that_another_server_put_in_its_place) {
  const BindAddress address = Unix("app.sock");
  auto old_server = Open(address);
  fs::remove(address.path);
  const auto new_server = Open(address);
  ASSERT_TRUE(new_server);
  old_server->Close();
  EXPECT_TRUE(fs::exists(address.path));
}

TEST_F(ListenersTest, takes_an_inherited_socket) {
  base::Fd socket(::socket(AF_INET, SOCK_STREAM, 0));
  BindAddress address;
  address.kind = BindAddress::Kind::kInherited;
  address.fd = socket.Release();
  const auto listeners = Open(address);
  ASSERT_TRUE(listeners) << listeners.error().message;
  EXPECT_TRUE(::fcntl(address.fd, F_GETFD) & FD_CLOEXEC);
}

TEST_F(ListenersTest, refuses_an_inherited_descriptor_that_is_no_socket) {
  const base::Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  BindAddress address;
  address.kind = BindAddress::Kind::kInherited;
  address.fd = file.get();
  const auto listeners = Open(address);
  ASSERT_FALSE(listeners);
  EXPECT_NE(listeners.error().message.find("no socket"), std::string::npos);
}

TEST(ServiceManagerSockets, are_taken_only_when_they_are_ours) {
  ::setenv("LISTEN_FDS", "2", 1);
  ::setenv("LISTEN_PID", "1", 1);
  EXPECT_TRUE(TakeServiceManagerSockets().empty());
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  ::setenv("LISTEN_FDS", "2", 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  const auto sockets = TakeServiceManagerSockets();
  ASSERT_EQ(sockets.size(), 2U);
  EXPECT_EQ(sockets[1].fd, 4);
  EXPECT_EQ(std::getenv("LISTEN_PID"), nullptr);
}

}  // namespace
}  // namespace monoceros::master
