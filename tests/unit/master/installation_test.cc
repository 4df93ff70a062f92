// SPDX-License-Identifier: Apache-2.0
#include "master/installation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;

class InstallationTest : public testing::Test {
 protected:
  InstallationTest()
      : root_(fs::temp_directory_path() / ("installation_" + std::to_string(::getpid()))) {}
  ~InstallationTest() override { fs::remove_all(root_); }
  std::string AddFile(const fs::path& name, bool program = false) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "";
    if (program) fs::permissions(root_ / name, fs::perms::owner_all);
    return (root_ / name).string();
  }
  fs::path root_;
};

TEST_F(InstallationTest, finds_the_package_of_a_build_folder) {
  AddFile("build/python/monoceros/__init__.py");
  EXPECT_EQ(*FindPackageRoot((root_ / "build/bin/monoceros").string()),
            (root_ / "build/python").string());
}

TEST_F(InstallationTest, finds_the_package_it_is_installed_in) {
  AddFile("site-packages/monoceros/__init__.py");
  EXPECT_EQ(*FindPackageRoot((root_ / "site-packages/monoceros/bin/monoceros").string()),
            (root_ / "site-packages").string());
}

TEST_F(InstallationTest, says_where_it_looked_for_the_package) {
  const auto root = FindPackageRoot((root_ / "bin/monoceros").string());
  ASSERT_FALSE(root);
  EXPECT_NE(root.error().message.find((root_ / "python").string()), std::string::npos);
}

TEST_F(InstallationTest, prefers_the_configured_interpreter) {
  const std::string python = AddFile("bin/python3.11", true);
  EXPECT_EQ(*FindPython(python, "/venv", ""), python);
  EXPECT_EQ(*FindPython("python3.11", "/venv", (root_ / "bin").string()), python);
}

TEST_F(InstallationTest, takes_the_virtual_environment_before_the_path) {
  const std::string python = AddFile("venv/bin/python", true);
  AddFile("bin/python3", true);
  EXPECT_EQ(*FindPython("", (root_ / "venv").string(), (root_ / "bin").string()), python);
}

TEST_F(InstallationTest, searches_the_path_in_order_and_skips_what_is_no_program) {
  AddFile("first/python3");
  const std::string python = AddFile("second/python3", true);
  const std::string path = (root_ / "first").string() + ":" + (root_ / "second").string();
  EXPECT_EQ(*FindPython("", "", path), python);
}

TEST_F(InstallationTest, refuses_what_it_cannot_run) {
  EXPECT_FALSE(FindPython("/nonexistent/python", "", ""));
  EXPECT_FALSE(FindPython("", "/nonexistent", ""));
  const auto missing = FindPython("", "", root_.string());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("--python"), std::string::npos);
}

}  // namespace
}  // namespace monoceros::master
