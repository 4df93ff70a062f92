// SPDX-License-Identifier: Apache-2.0
#include "worker/http/upgrade.h"

#include "worker/http/field_name.h"

namespace monoceros::http {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool ListsUpgrade(std::string_view options) {
  for (;;) {
    const size_t comma = options.find(',');
    if (EqualsIgnoringCase(Trim(options.substr(0, comma)), "upgrade")) return true;
    if (comma == std::string_view::npos) return false;
    options.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string_view UpgradeOf(const channel::RequestHead& head) {
  if (head.version_minor == 0 || head.has_body) return {};
  std::string_view protocols;
  bool listed = false;
  for (const channel::Field& field : head.fields) {
    if (EqualsIgnoringCase(field.name, "connection")) listed = listed || ListsUpgrade(field.value);
    if (protocols.empty() && EqualsIgnoringCase(field.name, "upgrade")) protocols = field.value;
  }
  return listed ? protocols : std::string_view();
}

}  // namespace monoceros::http
