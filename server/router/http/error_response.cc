// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>

#include "router/http/response_head.h"
#include "router/http/status_line.h"

namespace monoceros::router::http {

void WriteSmallResponse(const SmallResponse& response, std::string_view date_line,
                        std::string& out) {
  AppendStatusLine(response.status, "", out);
  out.append(kServerLine).append(date_line);
  out.append("Content-Type: ").append(response.content_type).append("\r\n");
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
  out.append(response.extra_fields);
  if (!response.keep_alive) out.append("Connection: close\r\n");
  out.append("\r\n");
  if (!response.head_request) out.append(response.body);
}

void WriteErrorResponse(int status, std::string_view detail, std::string_view extra_fields,
                        bool head_request, bool keep_alive, std::string_view date_line,
                        std::string& out) {
  std::string body = fmt::format("{} {}\n", status, ReasonPhrase(status));
  if (!detail.empty()) body.append(detail).append("\n");
  WriteSmallResponse({.status = status,
                      .content_type = "text/plain; charset=utf-8",
                      .body = body,
                      .extra_fields = extra_fields,
                      .head_request = head_request,
                      .keep_alive = keep_alive},
                     date_line, out);
}

}  // namespace monoceros::router::http
