// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "router/health/verdict.h"

namespace monoceros::router {

// What of a request its probe answer depends on. Views are valid during the call.
struct ProbeRequest {
  std::string_view method;
  std::string_view path;
  std::string_view query;   // without '?'
  std::string_view accept;  // the Accept field
};

struct ProbeAnswer {
  int status = 404;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

// The address that answers by readiness.
inline constexpr std::string_view kReadyPath = "/readyz";

// GET and HEAD of /livez, /readyz and /healthz (as /readyz): 200, or 503 with one reason a line;
// as a JSON object when the query has `verbose` or JSON is accepted. 404 for everything else.
ProbeAnswer AnswerProbe(const ProbeRequest& request, const HealthFacts& facts);

// Its wire form; without the body for a HEAD request.
std::string ProbeResponse(const ProbeAnswer& answer, bool head_request, bool keep_alive,
                          std::string_view date_line);

}  // namespace monoceros::router
