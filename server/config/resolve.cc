// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/format.h>

#include "config/assignment.h"
#include "config/units.h"

namespace monoceros::config {
namespace {

constexpr int kGreatestPool = 65536;

std::string SourceOf(const Settings& settings, const std::string& name) {
  const auto found = settings.sources.find(name);
  return found == settings.sources.end() ? "default" : found->second;
}

void ResolveWorkerClassWithThreads(Settings& settings) {
  if (settings.worker_class != "sync" || settings.threads <= 1) return;
  settings.worker_class = "gthread";
  settings.sources["worker_class"] =
      fmt::format("sync with {} threads is gthread; sync is {}", settings.threads,
                  SourceOf(settings, "worker_class"));
}

}  // namespace

base::Result<void> Apply(const Assignments& assignments, const Environment& environment,
                         Settings& settings) {
  for (const Assignment& assignment : assignments) {
    const Setting& setting = *assignment.setting;
    const base::Result<void> assigned =
        Assign(setting.value, assignment.texts, environment, settings);
    if (!assigned) {
      return base::Fail(fmt::format("{}: \"{}\" ({}) is not allowed: {}", setting.name,
                                    fmt::join(assignment.texts, ", "), assignment.source,
                                    assigned.error().message));
    }
    std::string source = assignment.source;
    if (std::holds_alternative<WorkersValue>(setting.value) &&
        ToLower(assignment.texts.front()) == "auto") {
      source += ": auto, the CPUs that the cgroup or the affinity allows";
    }
    settings.sources[std::string(setting.name)] = std::move(source);
  }
  return {};
}

base::Result<void> Resolve(Settings& settings) {
  ResolveWorkerClassWithThreads(settings);
  if (settings.body_memory > settings.router_memory) {
    return base::Fail(fmt::format(
        "body_memory: \"{}\" ({}) is not allowed: at most router_memory, which is {} ({})",
        FormatSize(settings.body_memory), SourceOf(settings, "body_memory"),
        FormatSize(settings.router_memory), SourceOf(settings, "router_memory")));
  }
  if (int64_t{settings.workers} * settings.threads > kGreatestPool) {
    return base::Fail(fmt::format("threads: {} ({}) in {} workers ({}) are more than {} threads",
                                  settings.threads, SourceOf(settings, "threads"), settings.workers,
                                  SourceOf(settings, "workers"), kGreatestPool));
  }
  return {};
}

}  // namespace monoceros::config
