// SPDX-License-Identifier: Apache-2.0
#include "master/process_spawner.h"

#include <fmt/format.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>

#include "base/syscall.h"
#include "master/signal_queue.h"

namespace monoceros::master {
namespace {

constexpr int kSoftwareFailure = 70;  // EX_SOFTWARE of sysexits.h

void CloseAllBut(std::vector<int> kept) {
  kept.insert(kept.end(), {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
  std::ranges::sort(kept);
  unsigned first = 0;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number > first) ::close_range(first, number - 1, 0);
    first = number + 1;
  }
  ::close_range(first, ~0U, 0);
}

int RunBody(const std::function<int()>& body) {
  try {
    return body();
  } catch (const std::exception& failure) {
    fmt::print(stderr, "monoceros: {}\n", failure.what());
    return kSoftwareFailure;
  }
}

// Signal mask and dispositions of a program that expects a fresh process.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigaddset(&signals, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

class SpawnActions {
 public:
  // A descriptor duplicated onto itself loses close-on-exec in the child only.
  SpawnActions(int output, const std::vector<int>& kept_fds) {
    ::posix_spawn_file_actions_init(&actions_);
    for (const int fd : kept_fds) ::posix_spawn_file_actions_adddup2(&actions_, fd, fd);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
  }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

}  // namespace

base::Result<pid_t> ProcessSpawner::Execute(const std::vector<std::string>& command,
                                            const std::vector<int>& kept_fds) const {
  return ExecuteInto(STDOUT_FILENO, command, kept_fds);
}

base::Result<pid_t> ProcessSpawner::ExecuteInto(int output, const std::vector<std::string>& command,
                                                const std::vector<int>& kept_fds) const {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  const SpawnActions actions(output, kept_fds);
  const SpawnAttributes attributes;
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, arguments[0], actions.get(), attributes.get(), arguments.data(), environ);
  if (error == 0) return pid;
  return base::Fail(fmt::format("cannot run {}: {}", command[0], ::strerror(error)));
}

pid_t ProcessSpawner::Fork(const std::string& title, std::vector<int> kept_fds,
                           const std::function<int()>& body) const {
  const pid_t pid = base::Check(::fork(), "fork");
  if (pid != 0) return pid;
  SetSignalsOfForkedChild();
  CloseAllBut(std::move(kept_fds));
  ProcessMemory(memory_).ScrubAndRename(title);
  std::exit(RunBody(body));
}

}  // namespace monoceros::master
