// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/statsd.h"

#include <utility>

#include "agent/metrics/statsd_lines.h"
#include "agent/metrics/statsd_target.h"

namespace monoceros::agent {

Statsd::Statsd(StatsdOptions options)
    : options_(std::move(options)), target_(std::make_unique<StatsdTarget>(options_.address)) {}

Statsd::~Statsd() = default;

void Statsd::Send(const scoreboard::Snapshot& now) {
  const scoreboard::Snapshot* before = last_ ? &*last_ : nullptr;
  for (const std::string& datagram : PackDatagrams(StatsdLines(before, now, options_))) {
    if (!target_->Send(datagram)) ++failures_;
  }
  last_ = now;
}

}  // namespace monoceros::agent
