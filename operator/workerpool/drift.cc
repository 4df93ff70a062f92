// SPDX-License-Identifier: Apache-2.0
#include "workerpool/drift.h"

#include <algorithm>
#include <string>

#include "workerpool/digest.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

bool Holds(const Json& live, const Json& built);

// The API server leaves empty values out.
bool IsEmpty(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_structured() && value.empty());
}

// It writes quantities its own way ("1000m" as "1"): those of people are compared by the digest
// only.
bool IsQuantity(const std::string& name) { return name == "resources" || name == "divisor"; }

bool HoldsObject(const Json& live, const Json& built) {
  return std::ranges::all_of(built.items(), [&live](const auto& member) {
    if (IsQuantity(member.key())) return true;
    const auto found = live.find(member.key());
    return found == live.end() ? IsEmpty(member.value()) : Holds(*found, member.value());
  });
}

// Lists of objects are lists by a key: others may add elements. Lists of texts are whole.
bool HoldsList(const Json& live, const Json& built) {
  if (built.empty() || !built.front().is_object()) return live == built;
  return std::ranges::all_of(built, [&live](const Json& element) {
    return std::ranges::any_of(live, [&](const Json& of) { return Holds(of, element); });
  });
}

bool Holds(const Json& live, const Json& built) {
  if (built.is_object()) return live.is_object() && HoldsObject(live, built);
  if (built.is_array()) return live.is_array() && HoldsList(live, built);
  return live == built;
}

}  // namespace

Json Stamped(Json built) {
  const std::string digest = Digest(built.dump());
  built["metadata"]["annotations"][kAppliedAnnotation] = digest;
  return built;
}

bool Drifted(const Json& live, const Json& stamped) { return !Holds(live, stamped); }

}  // namespace monoceros::workerpool
