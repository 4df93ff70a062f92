// SPDX-License-Identifier: Apache-2.0
#include "router/http/shadowing.h"

#include <string>
#include <unordered_set>

#include "router/http/characters.h"

namespace monoceros::router::http {
namespace {

std::string Normalized(std::string_view head, const FieldSpan& field) {
  std::string name(head.substr(field.name_offset, field.name_length));
  for (char& c : name) c = c == '_' ? '-' : ToLower(c);
  return name;
}

}  // namespace

Refusal CheckShadowing(std::string_view head, const std::vector<FieldSpan>& kept,
                       const std::vector<FieldSpan>& underscored) {
  if (underscored.empty()) return kAccepted;
  std::unordered_set<std::string> names = {"content-length", "content-type", "transfer-encoding"};
  for (const FieldSpan& field : kept) names.insert(Normalized(head, field));
  for (const FieldSpan& field : underscored) {
    if (names.contains(Normalized(head, field))) return Bad("field name shadows another");
  }
  return kAccepted;
}

}  // namespace monoceros::router::http
