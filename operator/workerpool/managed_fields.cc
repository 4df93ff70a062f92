// SPDX-License-Identifier: Apache-2.0
#include "workerpool/managed_fields.h"

#include <algorithm>

namespace monoceros::workerpool {
namespace {

using kube::Json;

// Of the object itself, not of its status or scale.
bool IsOf(const Json& entry, const std::string& manager, const char* operation) {
  return kube::TextAt(entry, "/manager") == manager &&
         kube::TextAt(entry, "/operation") == operation &&
         kube::TextAt(entry, "/subresource").empty();
}

}  // namespace

std::optional<Json> FieldsTakenOver(const Json& live, const std::string& manager) {
  Json entries = kube::At(live, "/metadata/managedFields");
  if (!entries.is_array()) return {};
  const auto noted = [&](const char* operation) {
    return std::ranges::find_if(entries,
                                [&](const Json& entry) { return IsOf(entry, manager, operation); });
  };
  const auto created = noted("Update");
  if (created == entries.end()) return {};
  if (noted("Apply") == entries.end()) {
    (*created)["operation"] = "Apply";
  } else {
    entries.erase(created);
  }
  return Json{{"metadata",
               {{"managedFields", std::move(entries)},
                {"uid", kube::UidOf(live)},
                {"resourceVersion", kube::ResourceVersionOf(live)}}}};
}

}  // namespace monoceros::workerpool
