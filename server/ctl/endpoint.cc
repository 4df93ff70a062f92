// SPDX-License-Identifier: Apache-2.0
#include "ctl/endpoint.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "ctl/socket_probe.h"

namespace monoceros::ctl {
namespace {

namespace fs = std::filesystem;

constexpr char kSocket[] = "control.sock";

// gRPC's own error for all that can be wrong is "failed to connect to all addresses".
Reply<std::string> CheckSocket(const std::string& path) {
  return ProbeSocket(path).map([&path] { return "unix:" + path; });
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
  std::vector<std::string> found = FindSockets(parents);
  // Of several, those that a killed server left behind do not count.
  if (found.size() > 1) {
    std::vector<std::string> alive;
    std::ranges::copy_if(found, std::back_inserter(alive), SomebodyListens);
    found = alive.empty() ? std::vector{found.front()} : alive;
  }
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

bool IsHostAndPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string port = text.substr(colon + 1);
  const bool digits =
      std::ranges::all_of(port, [](char digit) { return digit >= '0' && digit <= '9'; });
  return digits && !port.empty() && port.size() <= 5 && std::stoi(port) < 65536;
}

Reply<std::string> CheckAddress(const std::string& server) {
  constexpr std::string_view kUnix = "unix:";
  if (server.starts_with(kUnix)) return CheckSocket(server.substr(kUnix.size()));
  if (server.starts_with('/')) return CheckSocket(server);
  if (IsHostAndPort(server)) return server;
  return Fail(Exit::kUsage,
              fmt::format("--server {}: not an address; write unix:/path/control.sock or HOST:PORT",
                          server));
}

}  // namespace

std::vector<std::string> RunDirectoryParents() {
  std::vector<std::string> parents = {"/run", "/tmp"};
  const char* own = std::getenv("XDG_RUNTIME_DIR");
  if (own != nullptr && *own != '\0') parents.insert(parents.begin(), own);
  return parents;
}

Reply<std::string> FindServer(const Options& options, const std::vector<std::string>& parents) {
  if (!options.server.empty()) return CheckAddress(options.server);
  if (!options.run_dir.empty()) return CheckSocket((fs::path(options.run_dir) / kSocket).string());
  return FindOnly(parents);
}

}  // namespace monoceros::ctl
