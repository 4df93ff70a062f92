// SPDX-License-Identifier: Apache-2.0
#include "worker/template/hazards.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace monoceros::worker {
namespace {

struct Kind {
  std::string_view prefix;  // of the descriptor's target
  std::string_view name;
};

constexpr std::array<Kind, 7> kKinds = {{
    {"socket:", "a socket"},
    {"anon_inode:[eventpoll]", "an epoll instance"},
    {"anon_inode:inotify", "an inotify instance"},
    {"anon_inode:[io_uring]", "an io_uring instance"},
    {"/dev/nvidia", "a GPU device"},
    {"/dev/dri/", "a GPU device"},
    {"/dev/kfd", "a GPU device"},
}};

std::optional<std::string> Classify(int fd, const OpenFile& file) {
  for (const Kind& kind : kKinds) {
    if (std::string_view(file.target).starts_with(kind.prefix)) {
      const std::string peer = file.peer.empty() ? "" : " connected to " + file.peer;
      return fmt::format("descriptor {} is {}{} ({})", fd, kind.name, peer, file.target);
    }
  }
  if (file.regular && file.writable) {
    return fmt::format("descriptor {} is a regular file open for writing ({})", fd, file.target);
  }
  return std::nullopt;
}

void AddThreads(const Snapshot& before, const Snapshot& after,
                const std::map<pid_t, std::string>& python_threads, size_t fork_safe_threads,
                std::vector<std::string>& hazards) {
  for (const auto& [thread, name] : after.threads) {
    if (before.threads.contains(thread)) continue;
    const auto python = python_threads.find(thread);
    if (python != python_threads.end()) {
      hazards.push_back(fmt::format("the thread '{}' runs", python->second));
    } else if (fork_safe_threads > 0) {
      --fork_safe_threads;
    } else {
      hazards.push_back(
          fmt::format("a thread that Python does not know runs ('{}', id {})", name, thread));
    }
  }
}

}  // namespace

std::vector<std::string> FindHazards(const Snapshot& before, const Snapshot& after,
                                     const std::map<pid_t, std::string>& python_threads,
                                     size_t fork_safe_threads) {
  std::vector<std::string> hazards;
  AddThreads(before, after, python_threads, fork_safe_threads, hazards);
  for (const auto& [fd, file] : after.files) {
    const auto known = before.files.find(fd);
    if (known != before.files.end() && known->second == file) continue;
    if (auto hazard = Classify(fd, file)) hazards.push_back(std::move(*hazard));
  }
  for (const auto& [pid, name] : after.children) {
    if (before.children.contains(pid)) continue;
    hazards.push_back(fmt::format("the child process {} ('{}') runs", pid, name));
  }
  return hazards;
}

}  // namespace monoceros::worker
