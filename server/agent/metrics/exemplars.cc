// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/exemplars.h"

#include <fmt/core.h>

#include "base/clock.h"

namespace monoceros::agent {

namespace {

std::string Text(const scoreboard::ExemplarCopy& exemplar) {
  if (exemplar.trace_id[0] == 0 && exemplar.trace_id[1] == 0) return "";
  return fmt::format(R"({{trace_id="{:016x}{:016x}",span_id="{:016x}"}} {:.9f} {:.3f})",
                     exemplar.trace_id[0], exemplar.trace_id[1], exemplar.span_id,
                     base::ToSeconds(exemplar.nanoseconds), base::ToSeconds(exemplar.observed_at));
}

}  // namespace

ExemplarTexts RequestExemplars(const scoreboard::RouterCopy& router) {
  ExemplarTexts texts;
  for (const auto& status_class : router.exemplars) {
    std::vector<std::string>& buckets = texts.emplace_back();
    for (const scoreboard::ExemplarCopy& exemplar : status_class) buckets.push_back(Text(exemplar));
  }
  return texts;
}

}  // namespace monoceros::agent
