// SPDX-License-Identifier: Apache-2.0
#include "runtime/lease.h"

#include <utility>

#include "runtime/micro_time.h"

namespace monoceros::runtime {

using kube::Json;

LeaseRecord ReadLease(const Json& lease) {
  return {
      .holder = kube::TextAt(lease, "/spec/holderIdentity"),
      .duration = std::chrono::seconds(kube::NumberAt(lease, "/spec/leaseDurationSeconds")),
      .acquired = kube::TextAt(lease, "/spec/acquireTime"),
      .renewed = kube::TextAt(lease, "/spec/renewTime"),
      .transitions = kube::NumberAt(lease, "/spec/leaseTransitions"),
  };
}

Json WithRecord(Json lease, const kube::Key& key, const LeaseRecord& record) {
  if (lease.is_null()) {
    lease = {{"apiVersion", kube::kLeases.ApiVersion()},
             {"kind", kube::kLeases.kind},
             {"metadata", {{"namespace", key.ns}, {"name", key.name}}}};
  }
  Json& spec = lease["spec"];
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration.count();
  spec["acquireTime"] = record.acquired;
  spec["renewTime"] = record.renewed;
  spec["leaseTransitions"] = record.transitions;
  return lease;
}

LeaseRecord TakenBy(const std::string& identity, std::chrono::seconds duration,
                    const LeaseRecord& last, std::chrono::system_clock::time_point now) {
  LeaseRecord record = last;
  record.duration = duration;
  record.renewed = MicroTime(now);
  if (last.holder != identity || last.acquired.empty()) {
    record.holder = identity;
    record.acquired = record.renewed;
    // A Lease that was just made has changed no hands.
    const bool is_new = last == LeaseRecord{};
    if (!is_new) ++record.transitions;
  }
  return record;
}

LeaseRecord Freed(const LeaseRecord& last, std::chrono::system_clock::time_point now) {
  LeaseRecord record = last;
  record.holder.clear();
  record.duration = std::chrono::seconds(1);  // the API server refuses 0
  record.renewed = MicroTime(now);
  record.acquired = record.renewed;
  return record;
}

void LeaseWatch::Observe(const LeaseRecord& record, TimePoint now) {
  if (record == record_) return;
  record_ = record;
  changed_ = now;
}

bool LeaseWatch::HeldByOther(const std::string& identity, TimePoint now) const {
  if (record_.holder.empty() || record_.holder == identity) return false;
  return now < changed_ + record_.duration;
}

}  // namespace monoceros::runtime
