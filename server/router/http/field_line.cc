// SPDX-License-Identifier: Apache-2.0
#include "router/http/field_line.h"

#include "router/http/characters.h"

namespace monoceros::router::http {
namespace {

Refusal RefuseName(std::string_view line, size_t name_length) {
  if (IsBlank(line.front())) return Bad("folded field or white space before a field");
  if (name_length == line.size()) return Bad("field without colon");
  if (line[name_length] == ':') return Bad("empty field name");
  if (IsBlank(line[name_length])) return Bad("white space in field name");
  return Bad("invalid character in field name");
}

}  // namespace

Refusal SplitFieldLine(std::string_view line, FieldLine& field) {
  size_t length = 0;
  uint8_t sets = 0;
  while (length < line.size() && In(kToken, line[length])) sets |= SetsOf(line[length++]);
  if (length == 0 || length == line.size() || line[length] != ':') return RefuseName(line, length);
  field.name = line.substr(0, length);
  field.value = Trim(line.substr(length + 1));
  field.underscored = (sets & kUnderscore) != 0;
  return kAccepted;
}

}  // namespace monoceros::router::http
