// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "kube/object.h"

namespace monoceros::runtime {

// What a Lease (coordination.k8s.io/v1) says: its spec.
struct LeaseRecord {
  std::string holder;  // empty: nobody
  std::chrono::seconds duration{0};
  std::string acquired;  // MicroTime
  std::string renewed;   // MicroTime
  int64_t transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};

LeaseRecord ReadLease(const kube::Json& lease);
// The same object with another record; null gives a new one, to be created.
kube::Json WithRecord(kube::Json lease, const kube::Key& key, const LeaseRecord& record);

// The record that `identity` writes to take, keep or (`free`) give up a Lease that says `last`.
LeaseRecord TakenBy(const std::string& identity, std::chrono::seconds duration,
                    const LeaseRecord& last, std::chrono::system_clock::time_point now);
LeaseRecord Freed(const LeaseRecord& last, std::chrono::system_clock::time_point now);

// Whether a holder lives, by our own clock only: it does as long as its record changed within the
// record's duration of now. The times in the record are another machine's and are not compared.
class LeaseWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void Observe(const LeaseRecord& record, TimePoint now);
  // Whether somebody other than `identity` holds the Lease.
  bool HeldByOther(const std::string& identity, TimePoint now) const;
  const LeaseRecord& record() const { return record_; }

 private:
  LeaseRecord record_;
  TimePoint changed_{};
};

}  // namespace monoceros::runtime
