// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>

#include "router/http/response_head.h"
#include "router/http/status_line.h"

namespace monoceros::router::http {

void WriteErrorResponse(int status, std::string_view detail, std::string_view extra_fields,
                        bool head_request, bool keep_alive, std::string_view date_line,
                        std::string& out) {
  std::string body = fmt::format("{} {}\n", status, ReasonPhrase(status));
  if (!detail.empty()) body.append(detail).append("\n");
  AppendStatusLine(status, "", out);
  out.append(kServerLine).append(date_line);
  out.append("Content-Type: text/plain; charset=utf-8\r\n");
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", body.size());
  out.append(extra_fields);
  if (!keep_alive) out.append("Connection: close\r\n");
  out.append("\r\n");
  if (!head_request) out.append(body);
}

}  // namespace monoceros::router::http
