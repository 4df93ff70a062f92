// SPDX-License-Identifier: Apache-2.0
#include "master/run_directory_choice.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "master/run_directory.h"

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;
using base::Fail;
using base::Result;

// Makes `path` (its parent exists) or takes what is there.
Result<ChosenDirectory> Take(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), 0770) == 0;
  if (!made && errno != EEXIST) return Fail(fmt::format("{}: {}", path, ::strerror(errno)));
  // The mode of a mounted directory is its owner's affair.
  if (made) ::chmod(path.c_str(), kRunDirectoryMode);
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    return Fail(fmt::format("{}: {}", path, ::strerror(errno)));
  }
  return ChosenDirectory{path, made};
}

Result<ChosenDirectory> TakeConfigured(const std::string& configured) {
  std::error_code error;
  const fs::path path = fs::absolute(configured, error).lexically_normal();
  fs::create_directories(path.parent_path(), error);
  auto taken = Take(path.string());
  if (taken) return taken;
  return Fail(
      fmt::format("the run directory cannot be used: {}; make it writable for this user, or "
                  "name another one with --run-dir",
                  taken.error().message));
}

// Anybody may make directories in /tmp.
Result<ChosenDirectory> TakeTemporary(const std::string& name) {
  const std::string path = fmt::format("/tmp/monoceros-{}-{}", ::geteuid(), name);
  auto taken = Take(path);
  struct stat status{};
  if (taken && (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
                status.st_uid != ::geteuid())) {
    taken = Fail(path + ": it belongs to somebody else");
  }
  if (taken) return taken;
  return Fail(fmt::format("no run directory can be used: {}; name one with --run-dir",
                          taken.error().message));
}

}  // namespace

// FNV-1a, because the name must be the same in every build.
std::string NameOfBinds(const std::string& binds) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char byte : binds) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001B3;
  }
  return fmt::format("{:016x}", hash).substr(4);
}

Result<ChosenDirectory> ChooseRunDirectory(const std::string& configured, const std::string& name,
                                           base::Logger& log) {
  if (!configured.empty()) return TakeConfigured(configured);
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string parent = runtime != nullptr && *runtime == '/' ? runtime : "/run";
  auto taken = Take(parent + "/monoceros-" + name);
  if (taken) return taken;
  auto temporary = TakeTemporary(name);
  if (temporary) {
    log.Warning(
        "The run directory is {}, because the usual one cannot be used ({}); --run-dir "
        "names another",
        temporary->path, taken.error().message);
  }
  return temporary;
}

}  // namespace monoceros::master
