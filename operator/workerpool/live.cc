// SPDX-License-Identifier: Apache-2.0
#include "workerpool/live.h"

#include <algorithm>
#include <utility>

namespace monoceros::workerpool {
namespace {

using agents::LiveValues;

// Other values need another number.
void Change(LiveRecord& record, LiveValues values, uint64_t revision) {
  record.values = std::move(values);
  record.revision = revision;
}

void TakeBack(LiveRecord& record, const Refusal& refusal, uint64_t revision) {
  record.refused = DigestOf(record.values);
  record.refusal = refusal.pod + ": " + refusal.message;
  if (record.last_good && *record.last_good != record.values) {
    Change(record, *record.last_good, revision);
  }
}

}  // namespace

bool IsRefused(const LiveRecord& record, const LiveValues& wanted) {
  return !record.refused.empty() && record.refused == DigestOf(wanted);
}

bool IsPushed(const LiveRecord& record) { return !IsRefused(record, record.values); }

LiveRecord NextLive(const LiveFacts& facts) {
  const uint64_t next = facts.greatest + 1;
  if (!facts.record) return {.values = facts.wanted, .revision = next};
  LiveRecord record = *facts.record;
  if (!IsRefused(record, facts.wanted)) {
    record.refused.clear();
    record.refusal.clear();
    if (record.values != facts.wanted) {
      Change(record, facts.wanted, next);
      return record;
    }
    if (facts.refusal && facts.refusal->revision == record.revision) {
      TakeBack(record, *facts.refusal, next);
      return record;
    }
    if (facts.converged) record.last_good = record.values;
  }
  if (facts.ahead > record.revision) record.revision = next;
  return record;
}

}  // namespace monoceros::workerpool
