// SPDX-License-Identifier: Apache-2.0
#include "agent/dashboard/page.h"

namespace monoceros::agent::dashboard {

std::string_view Page() {
  return "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Monoceros</title>"
         "<a href=\"/metrics\">metrics</a></html>\n";
}

}  // namespace monoceros::agent::dashboard
