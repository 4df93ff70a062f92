// SPDX-License-Identifier: Apache-2.0
#include "master/installation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <sstream>

#include "base/syscall.h"

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;

bool IsProgram(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> SearchPath(const std::string& name, const std::string& path) {
  std::istringstream parts(path);
  for (std::string folder; std::getline(parts, folder, ':');) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (IsProgram(candidate)) return candidate.string();
  }
  return {};
}

}  // namespace

base::Result<std::string> FindPackageRoot(const std::string& program) {
  const fs::path folder = fs::path(program).parent_path();
  const fs::path beside = folder.parent_path() / "python";
  const fs::path inside = folder.parent_path().parent_path();
  for (const fs::path& root : {beside, inside}) {
    std::error_code ignored;
    if (fs::exists(root / "monoceros" / "__init__.py", ignored)) return root.string();
  }
  return base::Fail(fmt::format(
      "the Python package 'monoceros' is neither in {} nor in {}: this installation is incomplete, "
      "build or install it again",
      beside.string(), inside.string()));
}

std::string OwnProgram() {
  std::string path(4096, '\0');
  const ssize_t length = base::Check(::readlink("/proc/self/exe", path.data(), path.size()),
                                     "readlink(/proc/self/exe)");
  path.resize(static_cast<size_t>(length));
  return path;
}

std::string FindBeside(const std::string& name) {
  const fs::path path = fs::path(OwnProgram()).parent_path() / name;
  return IsProgram(path) ? path.string() : "";
}

base::Result<std::string> FindPython(const std::string& configured,
                                     const std::string& virtual_environment,
                                     const std::string& path) {
  if (configured.find('/') != std::string::npos) {
    if (IsProgram(configured)) return configured;
    return base::Fail(
        fmt::format("the interpreter {} (setting 'python') is not a program that "
                    "can be run",
                    configured));
  }
  if (configured.empty() && !virtual_environment.empty()) {
    std::string python = (fs::path(virtual_environment) / "bin" / "python").string();
    if (IsProgram(python)) return python;
    return base::Fail(
        fmt::format("$VIRTUAL_ENV names {}, but {} is not a program that can be run; "
                    "activate another environment or use --python",
                    virtual_environment, python));
  }
  const std::string name = configured.empty() ? "python3" : configured;
  if (auto found = SearchPath(name, path)) return *found;
  return base::Fail(
      fmt::format("no '{}' on PATH ({}); install Python or name the interpreter with "
                  "--python",
                  name, path));
}

}  // namespace monoceros::master
