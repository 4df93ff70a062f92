// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "agent/metrics/renderer.h"
#include "agent/metrics/statsd.h"
#include "config/settings.h"
#include "scoreboard/snapshot.h"

namespace monoceros::agent {

// The metrics of the pool, for Prometheus and StatsD. Thread-safe.
class PoolMetrics {
 public:
  PoolMetrics(const config::Settings& settings, const std::string& run_directory);

  // Takes note of the pool and sends to StatsD, where asked; call it once a second.
  void Tick(const scoreboard::Snapshot& now);
  // The text of /metrics.
  std::string Render(const scoreboard::Snapshot& now, const RenderOptions& options);

 private:
  std::mutex mutex_;
  Renderer renderer_;
  std::optional<Statsd> statsd_;
};

}  // namespace monoceros::agent
