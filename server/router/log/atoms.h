// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "router/log/access_log.h"
#include "router/log/line_time.h"

namespace monoceros::router {

// A piece of a compiled format: literal text or one atom.
struct Segment {
  // Appends the piece of `record`'s line; `argument` is this segment's.
  using Append = void (*)(const std::string& argument, const AccessRecord& record, LineTime& time,
                          std::string& out);
  Append append;
  std::string argument;  // the literal text, or the {name} of an atom that has one
};

void AppendLiteral(const std::string& text, const AccessRecord& record, LineTime& time,
                   std::string& out);

// The atom of a name between "%(" and ")s": "h" or "{user-agent}i"; `append` is null when there is
// no such atom.
Segment FindAtom(std::string_view name);

// The last field called `name` (in any case); "-" when there is none.
std::string_view FieldOrDash(const std::vector<channel::Field>* fields, std::string_view name);

}  // namespace monoceros::router
