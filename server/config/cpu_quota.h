// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

namespace monoceros::config {

// The CPUs that the cgroups of this process allow, as a fraction (0.5: half a CPU), the smallest on
// the way to the root; nothing without a limit. Reads cgroup version 1 and 2 files under `root`
// ("/" in a real system).
std::optional<double> ReadCpuQuota(const std::filesystem::path& root);

// CPUs in the affinity mask of this process.
int CountAffinityCpus();

// What `workers: auto` means: the quota rounded up, at most `affinity_cpus`; without a quota
// `affinity_cpus`. At least 1.
int ChooseWorkerCount(std::optional<double> quota, int affinity_cpus);

}  // namespace monoceros::config
