// SPDX-License-Identifier: Apache-2.0
#include "worker/template/snapshot.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

namespace monoceros::worker {
namespace {

namespace fs = std::filesystem;

template <typename Number>
std::optional<Number> ParseNumber(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The entries of a /proc directory whose names are numbers. The listing is complete before anything
// is done with it: its own descriptor is closed again by then.
std::vector<int> NumberedEntries(const char* directory) {
  std::vector<int> numbers;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (const auto number = ParseNumber<int>(entry.path().filename())) numbers.push_back(*number);
  }
  return numbers;
}

// Empty when the thread or process has left meanwhile, which a stream iterator would throw for.
std::string ReadAll(const fs::path& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text, '\0');
  return text;
}

std::map<pid_t, std::string> ReadThreads() {
  std::map<pid_t, std::string> threads;
  for (const pid_t thread : NumberedEntries("/proc/self/task")) {
    if (thread == ::gettid()) continue;
    std::string name = ReadAll(fs::path("/proc/self/task") / std::to_string(thread) / "comm");
    if (name.empty()) continue;
    name.pop_back();
    threads[thread] = name;
  }
  return threads;
}

// Empty when it is no socket, or is not connected to what has a name.
std::string PeerOf(int fd) {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  auto* const address = reinterpret_cast<sockaddr*>(&peer);
  if (::getpeername(fd, address, &length) != 0) return {};
  if (peer.ss_family == AF_UNIX) return reinterpret_cast<const sockaddr_un*>(address)->sun_path;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(address, length, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  return std::string(host.data()) + ":" + port.data();
}

std::optional<OpenFile> ReadFile(int fd) {
  struct stat status;
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fstat(fd, &status) != 0) return std::nullopt;
  std::error_code error;
  const fs::path target = fs::read_symlink(fs::path("/proc/self/fd") / std::to_string(fd), error);
  return OpenFile{.target = target.string(),
                  .device = status.st_dev,
                  .inode = status.st_ino,
                  .writable = (flags & O_ACCMODE) != O_RDONLY && (flags & O_PATH) == 0,
                  .regular = S_ISREG(status.st_mode),
                  .peer = S_ISSOCK(status.st_mode) ? PeerOf(fd) : std::string()};
}

std::map<int, OpenFile> ReadFiles() {
  std::map<int, OpenFile> files;
  for (const int fd : NumberedEntries("/proc/self/fd")) {
    if (const auto file = ReadFile(fd)) files[fd] = *file;
  }
  return files;
}

struct ProcessLine {
  std::string name;
  char state = 'Z';
  pid_t parent = 0;
};

// /proc/PID/stat: "pid (name) state parent ...", where the name may hold anything.
std::optional<ProcessLine> ParseProcess(const std::string& line) {
  const size_t open = line.find('('), close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 > line.size()) {
    return std::nullopt;
  }
  const std::string rest = line.substr(close + 4);
  const auto parent = ParseNumber<pid_t>(rest.substr(0, rest.find(' ')));
  if (!parent) return std::nullopt;
  return ProcessLine{line.substr(open + 1, close - open - 1), line[close + 2], *parent};
}

std::map<pid_t, std::string> ReadChildren() {
  std::map<pid_t, std::string> children;
  const pid_t self = ::getpid();
  for (const pid_t pid : NumberedEntries("/proc")) {
    const auto process = ParseProcess(ReadAll(fs::path("/proc") / std::to_string(pid) / "stat"));
    if (process && process->parent == self && process->state != 'Z') children[pid] = process->name;
  }
  return children;
}

}  // namespace

Snapshot TakeSnapshot() { return {ReadThreads(), ReadFiles(), ReadChildren()}; }

}  // namespace monoceros::worker
