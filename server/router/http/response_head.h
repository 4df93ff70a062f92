// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "channel/heads.h"

namespace monoceros::router::http {

// How the end of a response body is shown to the client (RFC 9112 section 6.3).
enum class Framing {
  kNone,    // no body by definition: HEAD, 1xx, 204, 304
  kLength,  // Content-Length
  kChunked,
  kClose,   // HTTP/1.0: the connection's end
  kTunnel,  // 101: bytes both ways until either side closes
};

// What the router knows of the request when it writes the response.
struct ResponseContext {
  bool head_request = false;
  uint8_t version_minor = 1;
  bool keep_alive = true;  // the client and the server's own state allow it
  // When the whole body is already known to be complete, its length: used when the application
  // gave none, instead of chunked.
  std::optional<uint64_t> whole_body_length;
  // Whole lines that the server adds to the application's, for example "Server-Timing: ...\r\n".
  std::string_view extra_fields;
};

struct ResponsePlan {
  Framing framing = Framing::kLength;
  uint64_t content_length = 0;  // with kLength
  bool keep_alive = true;       // after this response
};

// The "Date: ...\r\n" line, made at most once a second.
class DateCache {
 public:
  // `now` is monotonic; the text is of the wall clock (RFC 9110 section 5.6.7).
  std::string_view Line(base::Nanoseconds now);

 private:
  base::Nanoseconds valid_until_ = 0;
  std::string line_;
};

// Checks the application's head (status 101 or 200..599, field names are tokens, reason and values
// without control characters but HTAB, one Content-Length or several equal ones, no
// Transfer-Encoding and no other hop-by-hop field but Connection: close or keep-alive, and Upgrade
// with 101 and 426) and appends the wire form to `out`, with Date and Server where the application
// gave none, framing and Connection. 204 and 101 lose their Content-Length. On an error nothing is
// appended; the error goes to the log and the client gets 500.
base::Result<ResponsePlan> WriteResponseHead(const channel::ResponseHead& head,
                                             const ResponseContext& context,
                                             std::string_view date_line, std::string& out);

// An informational response (103; never 100 or 101). HTTP/1.0 clients get none: nothing appended.
base::Result<void> WriteInterimHead(const channel::ResponseHead& head, uint8_t version_minor,
                                    std::string& out);

// A complete small answer of the server's own.
struct SmallResponse {
  int status = 200;
  std::string_view content_type;
  std::string_view body;
  std::string_view extra_fields;  // whole lines, for example "Retry-After: 3\r\n"
  bool head_request = false;
  bool keep_alive = true;
};
void WriteSmallResponse(const SmallResponse& response, std::string_view date_line,
                        std::string& out);

// The same for errors (400, 413, 502, 503, ...), in text/plain.
void WriteErrorResponse(int status, std::string_view detail, std::string_view extra_fields,
                        bool head_request, bool keep_alive, std::string_view date_line,
                        std::string& out);

// "Not Found" for 404, "" for a status without a registered phrase.
std::string_view ReasonPhrase(int status);

}  // namespace monoceros::router::http
