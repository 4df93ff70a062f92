// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/renderer.h"

#include <prometheus/text_serializer.h>

#include <deque>
#include <sstream>
#include <utility>

#include "agent/metrics/app_metrics.h"
#include "agent/metrics/counter_floor.h"
#include "agent/metrics/exemplars.h"
#include "agent/metrics/families.h"
#include "agent/metrics/load.h"
#include "agent/metrics/open_metrics.h"
#include "agent/metrics/saturation.h"
#include "agent/metrics/slot_time.h"

namespace monoceros::agent {

namespace {

using scoreboard::Snapshot;

// The window of the ratios: `before` is the oldest kept snapshot.
constexpr base::Nanoseconds kSpacing = 5 * base::kNanosecondsPerSecond;
constexpr base::Nanoseconds kWindow = 10 * base::kNanosecondsPerSecond;

std::string SerializeText(const Families& families) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace

struct Renderer::State {
  explicit State(RendererOptions given) : options(std::move(given)) {}

  void Observe(const Snapshot& now);
  Exposition Build(const Snapshot& now, const RenderOptions& render, const AgentCounts& agent);

  const RendererOptions options;
  std::deque<Snapshot> kept;  // oldest first
  Snapshot newest;
  SlotTime slot_time;
  CounterFloor floor;
};

void Renderer::State::Observe(const Snapshot& now) {
  if (now.header.master_started_at != newest.header.master_started_at) {
    kept.clear();
    slot_time = SlotTime();
    floor.Reset();
  }
  slot_time.Observe(now);
  newest = now;
  if (kept.empty() || now.taken_at - kept.back().taken_at >= kSpacing) kept.push_back(now);
  while (kept.size() > 1 && now.taken_at - kept[1].taken_at >= kWindow) kept.pop_front();
}

Exposition Renderer::State::Build(const Snapshot& now, const RenderOptions& render,
                                  const AgentCounts& agent) {
  Exposition exposition;
  Families& families = exposition.families;
  const Snapshot& before = kept.front();
  const Past past{slot_time.seconds(), Saturation(before, now), Compare(before, now)};
  AddPoolFamilies(now, families);
  AddTimeFamilies(now, past, families);
  AddRequestFamilies(now, families);
  AddProcessFamilies(now, past.load, options.version, families);
  families.push_back(
      Counter("monoceros_statsd_failures_total", "Datagrams that could not be sent to StatsD.")
          .Add(static_cast<double>(agent.statsd_failures))
          .Take());
  if (render.slot_detail) AddSlotFamilies(now, families);
  floor.Apply(families);
  AddAppMetrics(options.app_metrics_dir, now, families);
  exposition.exemplars["monoceros_request_duration_seconds"] = RequestExemplars(now.router);
  return exposition;
}

Renderer::Renderer(RendererOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Renderer::~Renderer() = default;

void Renderer::Observe(const Snapshot& now) { state_->Observe(now); }

std::string Renderer::Render(const Snapshot& now, const RenderOptions& options,
                             const AgentCounts& agent) {
  state_->Observe(now);
  const Exposition exposition = state_->Build(now, options, agent);
  return options.open_metrics ? SerializeOpenMetrics(exposition)
                              : SerializeText(exposition.families);
}

double Renderer::saturation() const {
  if (state_->kept.empty()) return 0;
  return Saturation(state_->kept.front(), state_->newest);
}

}  // namespace monoceros::agent
