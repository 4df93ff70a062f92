// SPDX-License-Identifier: Apache-2.0
#include "config/cpu_quota.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "config/units.h"

namespace monoceros::config {
namespace {

namespace fs = std::filesystem;
using Quota = std::optional<double>;

// "max 100000", "150000 100000": quota and period in microseconds.
Quota ReadVersion2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || period <= 0) return std::nullopt;
  const std::optional<uint64_t> number = ParseInteger(quota);
  if (!number) return std::nullopt;
  return static_cast<double>(*number) / period;
}

// A quota of -1 is none.
Quota ReadVersion1(const fs::path& group) {
  double quota = 0;
  double period = 0;
  std::ifstream(group / "cpu.cfs_quota_us") >> quota;
  std::ifstream(group / "cpu.cfs_period_us") >> period;
  if (quota <= 0 || period <= 0) return std::nullopt;
  return quota / period;
}

Quota Smaller(Quota a, Quota b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// The smallest quota of `path` and its parents, up to the mount itself. In a container the path may
// be the host's, of which only the mount's own directory is visible; then that one is read.
template <typename Read>
Quota SmallestUpwards(const fs::path& mount, fs::path path, Read read) {
  Quota smallest;
  for (path = path.relative_path(); !path.empty(); path = path.parent_path()) {
    smallest = Smaller(smallest, read(mount / path));
  }
  return Smaller(smallest, read(mount));
}

bool ListsCpu(const std::string& controllers) {
  return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

}  // namespace

// Lines of /proc/self/cgroup: "0::/path" for version 2, "4:cpu,cpuacct:/path" for version 1.
Quota ReadCpuQuota(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream file(root / "proc/self/cgroup");
  Quota smallest;
  for (std::string line; std::getline(file, line);) {
    std::istringstream parts(line);
    std::string hierarchy, controllers, path;
    std::getline(std::getline(std::getline(parts, hierarchy, ':'), controllers, ':'), path);
    if (hierarchy == "0" && controllers.empty()) {
      smallest = Smaller(smallest, SmallestUpwards(mount, path, ReadVersion2));
    } else if (ListsCpu(controllers)) {
      const fs::path named = fs::exists(mount / controllers) ? mount / controllers : mount / "cpu";
      smallest = Smaller(smallest, SmallestUpwards(named, path, ReadVersion1));
    }
  }
  return smallest;
}

int CountAffinityCpus() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0) return CPU_COUNT(&cpus);
  return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

int ChooseWorkerCount(std::optional<double> quota, int affinity_cpus) {
  if (!quota) return std::max(affinity_cpus, 1);
  const double rounded = std::ceil(std::min(*quota, static_cast<double>(affinity_cpus)));
  return std::max(static_cast<int>(rounded), 1);
}

}  // namespace monoceros::config
