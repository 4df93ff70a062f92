// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace monoceros::agent {

// A folder that is gone after the test.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(::mkdtemp(name_)) {}
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  // Puts a new file in the place of `name`, as a rename does.
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(*this / "new") << text;
    std::filesystem::rename(*this / "new", *this / name);
    return *this / name;
  }

 private:
  char name_[32] = "/tmp/monoceros-agent-XXXXXX";
  std::string path_;
};

}  // namespace monoceros::agent
