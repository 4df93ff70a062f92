// SPDX-License-Identifier: Apache-2.0
#include "ctl/endpoint.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace monoceros::ctl {
namespace {

namespace fs = std::filesystem;

constexpr char kSocket[] = "control.sock";

// gRPC's own error for any of these is "failed to connect to all addresses".
Reply<std::string> CheckSocket(const std::string& path) {
  if (::access(path.c_str(), R_OK | W_OK) == 0) return "unix:" + path;
  if (errno == EACCES) {
    return Fail(Exit::kNotAllowed,
                fmt::format("{}: permission denied; become a member of its group, or root", path));
  }
  return Fail(Exit::kUnreachable,
              fmt::format("{}: {}; does the server run, with its agent (not --no-agent)?", path,
                          std::strerror(errno)));
}

std::vector<std::string> FindSockets(const std::vector<std::string>& parents) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const std::string& parent : parents) {
    for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
      const fs::path socket = entry.path() / kSocket;
      const bool ours = entry.path().filename().string().starts_with("monoceros-");
      if (ours && fs::is_socket(socket, ignored)) found.push_back(socket.string());
    }
  }
  std::ranges::sort(found);
  return found;
}

Reply<std::string> FindOnly(const std::vector<std::string>& parents) {
  const std::vector<std::string> found = FindSockets(parents);
  if (found.size() == 1) return CheckSocket(found.front());
  if (found.empty()) {
    return Fail(Exit::kUnreachable,
                fmt::format("no server was found (monoceros-*/{} below {}); name it by --run-dir "
                            "or --server",
                            kSocket, fmt::join(parents, ", ")));
  }
  std::string message = "there are several servers; choose one by --server:";
  for (const std::string& socket : found) message += "\n  unix:" + socket;
  return Fail(Exit::kUsage, message);
}

}  // namespace

std::vector<std::string> RunDirectoryParents() {
  std::vector<std::string> parents = {"/run", "/tmp"};
  const char* own = std::getenv("XDG_RUNTIME_DIR");
  if (own != nullptr && *own != '\0') parents.insert(parents.begin(), own);
  return parents;
}

Reply<std::string> FindServer(const Options& options, const std::vector<std::string>& parents) {
  constexpr std::string_view kUnix = "unix:";
  if (options.server.starts_with(kUnix)) return CheckSocket(options.server.substr(kUnix.size()));
  if (!options.server.empty()) return options.server;
  if (!options.run_dir.empty()) return CheckSocket((fs::path(options.run_dir) / kSocket).string());
  return FindOnly(parents);
}

}  // namespace monoceros::ctl
