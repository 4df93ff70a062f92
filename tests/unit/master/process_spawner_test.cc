// SPDX-License-Identifier: Apache-2.0
#include "master/process_spawner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/fd.h"

namespace monoceros::master {
namespace {

// The memory of the test program's own arguments cannot be had here; one of the same form can.
class Memory {
 public:
  Memory() {
    arguments_[0] = bytes_.data();
    environment_[0] = bytes_.data() + 8;
  }
  ProcessMemory Get() { return ProcessMemory(arguments_.data(), environment_.data()); }
  std::string Argument() const { return bytes_.data(); }
  std::string Environment() const { return {bytes_.begin() + 8, bytes_.end()}; }

 private:
  std::array<char, 24> bytes_{"program\0SECRET=1234567"};
  std::array<char*, 2> arguments_{};
  std::array<char*, 2> environment_{};
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int StatusOf(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class ProcessSpawnerTest : public testing::Test {
 protected:
  Memory memory_;
  ProcessSpawner spawner_{memory_.Get()};
};

TEST_F(ProcessSpawnerTest, returns_the_status_of_a_forked_body) {
  EXPECT_EQ(StatusOf(spawner_.Fork("child", {}, [] { return 7; })), 7);
}

TEST_F(ProcessSpawnerTest, turns_an_exception_of_the_body_into_a_status) {
  const auto body = []() -> int { throw std::runtime_error("no room"); };
  EXPECT_EQ(StatusOf(spawner_.Fork("child", {}, body)), 70);
}

TEST_F(ProcessSpawnerTest, leaves_a_forked_child_without_environment) {
  ::setenv("DATABASE_PASSWORD", "secret", 1);
  ::setenv("TZ", "Europe/Berlin", 1);
  const auto body = [this] {
    const bool gone = std::getenv("DATABASE_PASSWORD") == nullptr;
    const bool zone_kept = std::string(std::getenv("TZ")) == "Europe/Berlin";
    const bool wiped = memory_.Environment().find("1234") == std::string::npos;
    return gone && zone_kept && wiped ? 0 : 1;
  };
  EXPECT_EQ(StatusOf(spawner_.Fork("child", {}, body)), 0);
  EXPECT_STREQ(std::getenv("DATABASE_PASSWORD"), "secret");
  ::unsetenv("TZ");
}

TEST_F(ProcessSpawnerTest, names_a_forked_child) {
  const auto body = [this] {
    const bool named = ReadFile("/proc/self/comm") == "monoceros: rout\n";
    return named && memory_.Argument() == "monoceros: router" ? 0 : 1;
  };
  EXPECT_EQ(StatusOf(spawner_.Fork("monoceros: router", {}, body)), 0);
}

TEST_F(ProcessSpawnerTest, closes_what_a_forked_child_does_not_need) {
  const base::Fd kept(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const base::Fd closed(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto body = [&] {
    const bool has_kept = ::fcntl(kept.get(), F_GETFD) >= 0;
    return has_kept && ::fcntl(closed.get(), F_GETFD) < 0 ? 0 : 1;
  };
  EXPECT_EQ(StatusOf(spawner_.Fork("child", {kept.get()}, body)), 0);
}

TEST_F(ProcessSpawnerTest, keeps_a_forked_child_alive_when_the_group_is_signalled) {
  const auto body = [] {
    for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) ::raise(signal);
    return 5;
  };
  EXPECT_EQ(StatusOf(spawner_.Fork("child", {}, body)), 5);
}

TEST_F(ProcessSpawnerTest, gives_an_executed_program_the_one_descriptor) {
  const base::Fd kept(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const base::Fd closed(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::string test = "test -e /proc/self/fd/" + std::to_string(kept.get()) +
                           " && ! test -e /proc/self/fd/" + std::to_string(closed.get());
  const auto pid = spawner_.Execute({"/bin/sh", "-c", test}, {kept.get()});
  ASSERT_TRUE(pid) << pid.error().message;
  EXPECT_EQ(StatusOf(*pid), 0);
}

TEST_F(ProcessSpawnerTest, unblocks_signals_for_an_executed_program) {
  sigset_t blocked;
  sigset_t previous;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &previous);
  const base::Fd kept(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto pid = spawner_.Execute({"/bin/sh", "-c", "kill -TERM $$; exit 9"}, {kept.get()});
  ::sigprocmask(SIG_SETMASK, &previous, nullptr);
  int status = 0;
  ::waitpid(*pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(ProcessSpawnerTest, says_which_program_cannot_be_run) {
  const base::Fd kept(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto pid = spawner_.Execute({"/nonexistent/python"}, {kept.get()});
  ASSERT_FALSE(pid);
  EXPECT_NE(pid.error().message.find("/nonexistent/python"), std::string::npos);
}

}  // namespace
}  // namespace monoceros::master
