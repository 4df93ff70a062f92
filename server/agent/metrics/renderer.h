// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "scoreboard/snapshot.h"

namespace monoceros::agent {

struct RenderOptions {
  bool slot_detail = false;   // rows per worker slot and thread too (/metrics?detail=slots)
  bool open_metrics = false;  // OpenMetrics 1.0 and exemplars, instead of the text format 0.0.4
};

// Whether an Accept header prefers OpenMetrics 1.0 to the text format (RFC 9110 section 12.5.1).
bool PrefersOpenMetrics(std::string_view accept);

// The value of Content-Type for what Render gives.
std::string_view ContentType(const RenderOptions& options);

// What the renderer is told once.
struct RendererOptions {
  std::string version;  // of this program
  // Where the application's prometheus_client keeps its files, RUN_DIR/current/app-metrics, with
  // the setting app_metrics; empty: not asked for.
  std::string app_metrics_dir;
};

// What the agent itself counts.
struct AgentCounts {
  uint64_t statsd_failures = 0;  // datagrams that were not sent
};

// Turns snapshots of one pool into the text of /metrics (docs/metrics.md). Keeps what needs a past:
// the integral of slot time, the window of the ratios, and the last value of each counter, below
// which it is never shown while the same master lives. One thread.
class Renderer {
 public:
  explicit Renderer(RendererOptions options);
  ~Renderer();

  // Takes note of the pool's state; call it about once a second, so that the integral of slots is
  // exact to a second's changes.
  void Observe(const scoreboard::Snapshot& now);
  // Observes `now` and gives the text.
  std::string Render(const scoreboard::Snapshot& now, const RenderOptions& options,
                     const AgentCounts& agent = {});
  // Over the last 10 to 15 s; see saturation.h.
  double saturation() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monoceros::agent
