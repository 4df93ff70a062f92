// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/metrics/families.h"

namespace monoceros::agent {

namespace {

using scoreboard::HeaderCopy;
using scoreboard::Snapshot;
using scoreboard::WorkerCopy;

struct WorkerUse {
  uint64_t resident = 0;
  uint64_t greatest_resident = 0;
  uint64_t greatest_proportional = 0;
  uint64_t cpu_nanoseconds = 0;
  uint64_t run_queue_nanoseconds = 0;
};

WorkerUse Use(const Snapshot& now) {
  WorkerUse use;
  for (const WorkerCopy& worker : now.workers) {
    use.resident += worker.rss_bytes;
    use.greatest_resident = std::max(use.greatest_resident, worker.rss_bytes);
    use.greatest_proportional = std::max(use.greatest_proportional, worker.pss_bytes);
    use.cpu_nanoseconds += worker.cpu_nanoseconds;
    use.run_queue_nanoseconds += worker.run_queue_nanoseconds;
  }
  return use;
}

void Add(Families& families, Family family, double value) {
  families.push_back(family.Add(value).Take());
}

void Add(Families& families, Family family, uint64_t value) {
  Add(families, std::move(family), static_cast<double>(value));
}

void AddMemory(const HeaderCopy& header, const WorkerUse& use, Families& families) {
  families.push_back(
      Gauge("monoceros_resident_memory_bytes", "Resident memory, pages shared counted in each.")
          .Add(static_cast<double>(header.master_rss_bytes), {{"process", "master"}})
          .Add(static_cast<double>(header.router_rss_bytes), {{"process", "router"}})
          .Add(static_cast<double>(header.template_rss_bytes), {{"process", "template"}})
          .Add(static_cast<double>(use.resident), {{"process", "workers"}})
          .Take());
  Add(families,
      Gauge("monoceros_worker_resident_memory_max_bytes",
            "Resident memory of the greatest worker."),
      use.greatest_resident);
  Add(families,
      Gauge("monoceros_proportional_memory_bytes",
            "Memory of all processes, each shared page counted once; 0: not known yet."),
      header.all_pss_bytes);
  Add(families,
      Gauge("monoceros_worker_proportional_memory_max_bytes",
            "Proportional memory of the greatest worker; 0: not known yet."),
      use.greatest_proportional);
}

void AddCpu(const HeaderCopy& header, const WorkerUse& use, const Load& load, Families& families) {
  families.push_back(Counter("monoceros_cpu_seconds_total", "CPU time of the processes.")
                         .Add(Seconds(header.master_cpu_nanoseconds), {{"process", "master"}})
                         .Add(Seconds(header.router_cpu_nanoseconds), {{"process", "router"}})
                         .Add(Seconds(use.cpu_nanoseconds), {{"process", "workers"}})
                         .Take());
  Add(families,
      Gauge("monoceros_worker_cpu_max_ratio",
            "CPU seconds a second of the busiest worker, recently."),
      load.worker_cpu);
  Add(families,
      Counter("monoceros_run_queue_seconds_total",
              "Time that threads of the workers were runnable without a core."),
      Seconds(use.run_queue_nanoseconds));
}

void AddCgroup(const HeaderCopy& header, Families& families) {
  Add(families, Gauge("monoceros_cgroup_memory_bytes", "Working set of the cgroup."),
      header.cgroup_memory);
  Add(families,
      Gauge("monoceros_cgroup_memory_limit_bytes", "Memory limit of the cgroup; 0: none."),
      header.cgroup_limit);
  Add(families,
      Gauge("monoceros_cgroup_cpu_quota_ratio", "CPU seconds a second the cgroup may use; 0: all."),
      Seconds(header.cgroup_cpu_quota));
  Add(families, Counter("monoceros_cgroup_cpu_seconds_total", "CPU time of the cgroup."),
      Seconds(header.cgroup_cpu_nanoseconds));
  Add(families,
      Counter("monoceros_cgroup_cpu_periods_total", "Periods in which the cgroup wanted CPU."),
      header.cgroup_periods);
  Add(families,
      Counter("monoceros_cgroup_cpu_throttled_periods_total",
              "Of them, those it was throttled in."),
      header.cgroup_throttled_periods);
  Add(families,
      Counter("monoceros_cgroup_cpu_throttled_seconds_total",
              "Time that the cgroup was throttled."),
      Seconds(header.cgroup_throttled_nanoseconds));
}

double Age(base::Nanoseconds now, base::Nanoseconds then) {
  return base::ToSeconds(std::max<base::Nanoseconds>(0, now - then));
}

}  // namespace

void AddProcessFamilies(const Snapshot& now, const Load& load, const std::string& version,
                        Families& families) {
  const WorkerUse use = Use(now);
  AddMemory(now.header, use, families);
  AddCpu(now.header, use, load, families);
  AddCgroup(now.header, families);
  families.push_back(
      Gauge("monoceros_heartbeat_age_seconds", "Time since a process last showed that it lives.")
          .Add(Age(now.taken_at, now.header.master_beat_at), {{"process", "master"}})
          .Add(Age(now.taken_at, now.router.beat_at), {{"process", "router"}})
          .Take());
  Add(families, Gauge("monoceros_uptime_seconds", "Time since the master started."),
      Age(now.taken_at, now.header.master_started_at));
  Add(families,
      Gauge("monoceros_accounting_full", "Whether CPU time and GIL wait are measured too."),
      now.header.full_accounting ? 1.0 : 0.0);
  families.push_back(Gauge("monoceros_build_info", "1; the labels say what is running.")
                         .Add(1, {{"version", version}})
                         .Take());
}

}  // namespace monoceros::agent
