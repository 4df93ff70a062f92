// SPDX-License-Identifier: Apache-2.0
#include "master/cgroup_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace monoceros::master {
namespace {

namespace fs = std::filesystem;

// "max" and files that are not there read as 0.
uint64_t ReadNumber(const std::string& path) {
  uint64_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

// Calls `take` with each "name number" line.
template <typename Take>
void ReadPairs(const std::string& path, const Take& take) {
  std::ifstream file(path);
  std::string name;
  uint64_t number = 0;
  while (file >> name >> number) take(name, number);
}

void ReadMemory(const std::string& folder, CgroupUse& use) {
  use.memory = ReadNumber(folder + "/memory.current");
  use.limit = ReadNumber(folder + "/memory.max");
  ReadPairs(folder + "/memory.stat", [&](const std::string& name, uint64_t bytes) {
    if (name == "inactive_file") use.memory -= std::min(use.memory, bytes);
  });
}

void ReadCpu(const std::string& folder, CgroupUse& use) {
  uint64_t quota = 0;
  uint64_t period = 0;
  if (std::ifstream(folder + "/cpu.max") >> quota >> period && period > 0) {
    use.cpu_quota =
        static_cast<uint64_t>(1e9 * static_cast<double>(quota) / static_cast<double>(period));
  }
  ReadPairs(folder + "/cpu.stat", [&](const std::string& name, uint64_t value) {
    if (name == "usage_usec") use.cpu = value * 1000;
    if (name == "nr_periods") use.periods = value;
    if (name == "nr_throttled") use.throttled_periods = value;
    if (name == "throttled_usec") use.throttled = value * 1000;
  });
}

}  // namespace

CgroupReader::CgroupReader(const std::string& cgroup_file, const std::string& mount) {
  std::ifstream file(cgroup_file);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("0::/")) continue;
    const fs::path own = fs::path(mount) / line.substr(4);
    std::error_code ignored;
    // In a container the path may be the host's, of which only the mount itself is visible.
    for (const fs::path& folder : {own, fs::path(mount)}) {
      if (folder_.empty() && fs::exists(folder / "cpu.stat", ignored)) folder_ = folder.string();
    }
  }
}

std::optional<CgroupUse> CgroupReader::Read() const {
  if (folder_.empty()) return {};
  CgroupUse use;
  ReadMemory(folder_, use);
  ReadCpu(folder_, use);
  return use;
}

}  // namespace monoceros::master
