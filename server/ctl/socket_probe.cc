// SPDX-License-Identifier: Apache-2.0
#include "ctl/socket_probe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/fd.h"
#include "ctl/failure.h"

namespace monoceros::ctl {
namespace {

namespace fs = std::filesystem;

std::string Parent(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

std::string GroupOf(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return "which cannot be read";
  const group* entry = ::getgrgid(info.st_gid);
  return entry ? fmt::format("{} ({})", entry->gr_name, info.st_gid)
               : fmt::format("{}", info.st_gid);
}

Failure Missing(const std::string& path) {
  std::error_code ignored;
  const std::string directory = Parent(path);
  if (!fs::is_directory(directory, ignored)) {
    return {Exit::kUnreachable,
            fmt::format("{} does not exist: is the server running, and is this its run directory?",
                        directory)};
  }
  return {Exit::kUnreachable,
          fmt::format("{} does not exist: no agent serves this run directory. Is the server "
                      "running, and not with --no-agent?",
                      path)};
}

Failure Denied(const std::string& path) {
  return {Exit::kNotAllowed,
          fmt::format("{}: permission denied. It is for the user of the server and for members of "
                      "the group of its run directory, {}",
                      path, GroupOf(Parent(path)))};
}

// 0, or errno.
int TryConnect(const std::string& path) {
  const std::string parent = Parent(path);
  const base::Fd directory(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return errno;
  // Through the descriptor, because an address holds 107 bytes only.
  const std::string reach =
      fmt::format("/proc/self/fd/{}/{}", directory.get(), fs::path(path).filename().string());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (reach.size() >= sizeof(address.sun_path)) return ENAMETOOLONG;
  std::memcpy(address.sun_path, reach.data(), reach.size());
  const base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.get(), generic, sizeof(address)) == 0) return 0;
  return errno;
}

}  // namespace

bool SomebodyListens(const std::string& path) {
  const int error = TryConnect(path);
  return error == 0 || error == EAGAIN || error == EACCES;  // EAGAIN: its backlog is full
}

Reply<void> ProbeSocket(const std::string& path) {
  switch (const int error = TryConnect(path)) {
    case 0:
    case EAGAIN:
      return {};
    case ENOENT:
    case ENOTDIR:
      return tl::make_unexpected(Missing(path));
    case EACCES:
    case EPERM:
      return tl::make_unexpected(Denied(path));
    case ECONNREFUSED:
      return Fail(Exit::kUnreachable,
                  path +
                      ": nobody listens there any more. Is the server running? Its agent is "
                      "started again by itself within seconds");
    default:
      return Fail(Exit::kUnreachable, fmt::format("{}: {}", path, std::strerror(error)));
  }
}

}  // namespace monoceros::ctl
