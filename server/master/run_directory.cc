// SPDX-License-Identifier: Apache-2.0
#include "master/run_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

#include "master/run_directory_choice.h"
#include "scoreboard/scoreboard.h"

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;
using base::Fail;
using base::Result;

constexpr std::string_view kGenerationPrefix = "gen-";

bool SameFile(int fd, const std::string& path) {
  struct stat opened{};
  struct stat named{};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

// The lock file of a server that ends is removed while it is held: whoever then gets the lock of a
// file without a name tries again.
Result<base::Fd> Lock(const std::string& directory) {
  const std::string path = directory + "/lock";
  for (;;) {
    base::Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660));
    if (!lock) {
      return Fail(
          fmt::format("cannot open {}: {}; make the directory writable for this user, or "
                      "name another one with --run-dir",
                      path, ::strerror(errno)));
    }
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      return Fail(
          fmt::format("another server runs in {}; stop it, or name another directory with "
                      "--run-dir",
                      directory));
    }
    if (SameFile(lock.get(), path)) return lock;
  }
}

// The number of "gen-N"; 0 for other names.
uint64_t GenerationNumber(const fs::path& path) {
  const std::string name = path.filename().string();
  uint64_t number = 0;
  if (!name.starts_with(kGenerationPrefix)) return 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + kGenerationPrefix.size(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end ? number : 0;
}

// Removes what dead masters left; returns the greatest number among it. We hold the lock.
uint64_t RemoveOldGenerations(const std::string& directory) {
  uint64_t greatest = 0;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
    const uint64_t number = GenerationNumber(entry.path());
    greatest = std::max(greatest, number);
    if (number != 0) fs::remove_all(entry.path(), ignored);
  }
  return greatest;
}

// Of an agent that was killed. One that lives, alone beside us, waits for the next server.
void RemoveStaleSocket(const std::string& directory, const char* name) {
  const base::Fd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  fmt::format_to_n(address.sun_path, sizeof address.sun_path - 1, "/proc/self/fd/{}/{}",
                   folder.get(), name);
  const int connected =
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (connected != 0 && errno == ECONNREFUSED) ::unlinkat(folder.get(), name, 0);
}

bool BindAndListen(int fd, const sockaddr_un& name) {
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 &&
         ::listen(fd, 16) == 0;
}

}  // namespace

Result<RunDirectory> RunDirectory::Open(const std::string& configured, const std::string& binds,
                                        base::Logger& log) {
  auto chosen = ChooseRunDirectory(configured, NameOfBinds(binds), log);
  if (!chosen) return tl::make_unexpected(chosen.error());
  auto lock = Lock(chosen->path);
  if (!lock) return tl::make_unexpected(lock.error());
  RunDirectory directory(chosen->path, chosen->made, !configured.empty(), std::move(*lock));
  if (auto made = directory.MakeGeneration(); !made) return tl::make_unexpected(made.error());
  return directory;
}

RunDirectory::RunDirectory(std::string path, bool made, bool asked, base::Fd lock)
    : path_(std::move(path)), made_(made), asked_(asked), lock_(std::move(lock)) {}

Result<void> RunDirectory::MakeGeneration() {
  generation_ = fmt::format("{}{}", kGenerationPrefix, RemoveOldGenerations(path_) + 1);
  if (::mkdir(generation_path().c_str(), 0770) != 0) {
    return Fail(fmt::format("cannot make {}: {}", generation_path(), ::strerror(errno)));
  }
  ::chmod(generation_path().c_str(), kRunDirectoryMode);
  return {};
}

RunDirectory::~RunDirectory() {
  if (!lock_) return;
  std::error_code ignored;
  const fs::path current = fs::path(path_) / "current";
  if (fs::read_symlink(current, ignored) == generation_) fs::remove(current, ignored);
  if (!generation_.empty()) fs::remove_all(generation_path(), ignored);
  fs::remove(fs::path(path_) / "lock", ignored);
  RemoveStaleSocket(path_, "control.sock");
  if (!asked_) fs::remove(live_state_path(), ignored);
  if (made_) ::rmdir(path_.c_str());
}

Result<base::Fd> RunDirectory::CreateScoreboard(uint32_t worker_rows,
                                                uint32_t threads_per_worker) const {
  const std::string path = generation_path() + "/scoreboard";
  base::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!file) return Fail(fmt::format("cannot make {}: {}", path, ::strerror(errno)));
  ::fchmod(file.get(), 0640);
  const auto formatted = scoreboard::Scoreboard::Format(file, worker_rows, threads_per_worker);
  if (formatted) return file;
  return Fail(
      fmt::format("{} cannot be made: {}; make room there, or name another directory with "
                  "--run-dir",
                  path, formatted.error().message));
}

Result<base::Fd> RunDirectory::Listen(const std::string& name) const {
  const std::string path = generation_path() + "/" + name;
  // By way of a descriptor, because the path may be longer than a socket's name can be.
  const base::Fd folder(::open(generation_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  fmt::format_to_n(address.sun_path, sizeof address.sun_path - 1, "/proc/self/fd/{}/{}",
                   folder.get(), name);
  base::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool listens = fd && BindAndListen(fd.get(), address) && ::chmod(path.c_str(), 0660) == 0;
  if (!listens) return Fail(fmt::format("cannot listen on {}: {}", path, ::strerror(errno)));
  return fd;
}

Result<void> RunDirectory::Publish() const {
  const std::string next = path_ + "/current.new";
  const std::string current = path_ + "/current";
  ::unlink(next.c_str());
  if (::symlink(generation_.c_str(), next.c_str()) != 0 ||
      ::rename(next.c_str(), current.c_str()) != 0) {
    return Fail(fmt::format("cannot make {}: {}", current, ::strerror(errno)));
  }
  return {};
}

}  // namespace monoceros::master
