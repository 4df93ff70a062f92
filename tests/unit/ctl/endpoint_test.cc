// SPDX-License-Identifier: Apache-2.0
#include "ctl/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "base/fd.h"

namespace monoceros::ctl {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class FindServerTest : public testing::Test {
 protected:
  FindServerTest() { fs::create_directories(parent_); }
  ~FindServerTest() override { fs::remove_all(parent_); }

  void MakeSocket(const std::string& directory) {
    fs::create_directories(parent_ / directory);
    sockets_.emplace_back(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (parent_ / directory / "control.sock").string().copy(address.sun_path, 107);
    ASSERT_EQ(::bind(sockets_.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
              0);
    ASSERT_EQ(::listen(sockets_.back().get(), 1), 0);
  }
  Reply<std::string> Find(const Options& options = {}) {
    return FindServer(options, {"/nonexistent", parent_.string()});
  }

  const fs::path parent_ = fs::temp_directory_path() / ("ctl-" + std::to_string(::getpid()));
  std::vector<base::Fd> sockets_;
};

TEST_F(FindServerTest, takes_the_only_server_there_is) {
  MakeSocket("monoceros-a1");
  MakeSocket("other");
  EXPECT_EQ(Find().value(), "unix:" + (parent_ / "monoceros-a1/control.sock").string());
}

TEST_F(FindServerTest, names_the_servers_to_choose_from) {
  MakeSocket("monoceros-a1");
  MakeSocket("monoceros-b2");
  const auto found = Find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().exit, Exit::kUsage);
  EXPECT_THAT(found.error().message,
              AllOf(HasSubstr("--server"), HasSubstr("monoceros-a1"), HasSubstr("monoceros-b2")));
}

TEST_F(FindServerTest, passes_over_what_a_killed_server_left) {
  MakeSocket("monoceros-a1");
  sockets_.clear();
  MakeSocket("monoceros-b2");
  EXPECT_EQ(Find().value(), "unix:" + (parent_ / "monoceros-b2/control.sock").string());
}

TEST_F(FindServerTest, says_that_nobody_listens) {
  MakeSocket("monoceros-a1");
  sockets_.clear();
  const auto found = Find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().exit, Exit::kUnreachable);
  EXPECT_THAT(found.error().message, HasSubstr("nobody listens"));
}

TEST_F(FindServerTest, takes_a_bare_path_and_refuses_what_is_no_address) {
  MakeSocket("mine");
  Options options;
  options.server = (parent_ / "mine/control.sock").string();
  EXPECT_EQ(Find(options).value(), "unix:" + options.server);
  for (const char* wrong : {"nonsense", "host:", ":9103", "host:99999", "host:http"}) {
    options.server = wrong;
    const auto found = Find(options);
    ASSERT_FALSE(found) << wrong;
    EXPECT_EQ(found.error().exit, Exit::kUsage) << wrong;
  }
}

TEST_F(FindServerTest, says_where_it_looked_when_there_is_none) {
  std::ofstream(parent_ / "monoceros-file") << "no directory";
  const auto found = Find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().exit, Exit::kUnreachable);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr(parent_), HasSubstr("--run-dir")));
}

TEST_F(FindServerTest, takes_what_is_named) {
  MakeSocket("mine");
  Options options;
  options.run_dir = (parent_ / "mine").string();
  EXPECT_EQ(Find(options).value(), "unix:" + options.run_dir + "/control.sock");
  options.server = "pod:9103";
  EXPECT_EQ(Find(options).value(), "pod:9103");
  options.server = "unix:" + (parent_ / "missing").string();
  EXPECT_EQ(Find(options).error().exit, Exit::kUnreachable);
}

}  // namespace
}  // namespace monoceros::ctl
