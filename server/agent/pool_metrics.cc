// SPDX-License-Identifier: Apache-2.0
#include "agent/pool_metrics.h"

namespace monoceros::agent {
namespace {

RendererOptions OptionsOf(const config::Settings& settings, const std::string& run_directory) {
  return {.version = MONOCEROS_VERSION,
          .app_metrics_dir = settings.app_metrics ? run_directory + "/current/app-metrics" : ""};
}

}  // namespace

PoolMetrics::PoolMetrics(const config::Settings& settings, const std::string& run_directory)
    : renderer_(OptionsOf(settings, run_directory)) {
  if (settings.statsd_host.empty()) return;
  statsd_.emplace(StatsdOptions{.address = settings.statsd_host,
                                .prefix = settings.statsd_prefix,
                                .tags = settings.dogstatsd_tags,
                                .backlog = settings.enable_backlog_metric});
}

void PoolMetrics::Tick(const scoreboard::Snapshot& now) {
  const std::lock_guard lock(mutex_);
  renderer_.Observe(now);
  if (statsd_) statsd_->Send(now);
}

std::string PoolMetrics::Render(const scoreboard::Snapshot& now, const RenderOptions& options) {
  const std::lock_guard lock(mutex_);
  return renderer_.Render(now, options, {.statsd_failures = statsd_ ? statsd_->failures() : 0});
}

}  // namespace monoceros::agent
