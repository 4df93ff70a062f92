// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/load.h"

namespace monoceros::config {

// An empty directory that goes away with its owner.
class Directory {
 public:
  Directory() {
    std::string pattern = testing::TempDir() + "config_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

 private:
  std::filesystem::path path_;
};

// Loads with an empty environment, directory and machine, unless a test puts something there.
class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    environment_.directory = directory_.path();
    environment_.root = directory_.path() / "root";
    environment_.affinity_cpus = 3;
  }

  base::Result<Invocation> Try(std::vector<const char*> arguments) const {
    arguments.insert(arguments.begin(), "monoceros");
    return Load(static_cast<int>(arguments.size()), arguments.data(), environment_);
  }
  Settings Read(std::vector<const char*> arguments) const {
    arguments.push_back("app:app");
    const auto invocation = Try(std::move(arguments));
    if (!invocation) ADD_FAILURE() << invocation.error().message;
    return invocation ? invocation->settings : Settings{};
  }
  std::string Error(std::vector<const char*> arguments) const {
    arguments.push_back("app:app");
    const auto invocation = Try(std::move(arguments));
    return invocation ? "no error" : invocation.error().message;
  }

  Directory directory_;
  Environment environment_;
};

}  // namespace monoceros::config
