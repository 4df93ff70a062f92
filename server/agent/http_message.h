// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace monoceros::agent {

// One request to the agent's HTTP address, read whole.
struct HttpRequest {
  enum class Method { kGet, kHead, kPost, kOther };
  Method method = Method::kGet;
  std::string path;                          // decoded, without query
  std::map<std::string, std::string> query;  // decoded; of a name given twice the first
  std::string body;
  // Header fields that matter here; empty: absent.
  std::string host;
  std::string origin;
  std::string sec_fetch_site;
  std::string authorization;
  std::string content_type;
  std::string accept;

  // Whether the query has `name` with a value other than "", "0" and "false".
  bool Asks(const std::string& name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  // When set, this is a stream that does not end: after `body` each call gives the next piece, once
  // a second. It is called in the server's thread; a reader that is slow is left out.
  std::function<std::string()> next_piece = nullptr;
};

// Takes the one response to a request, from any thread.
using HttpReply = std::function<void(HttpResponse)>;

// Splits a request target into path and query of `request` (RFC 3986 section 3.3 and 3.4). False:
// it is malformed.
bool ParseTarget(std::string_view target, HttpRequest& request);

// {"code": ..., "message": ...}, with the HTTP status of that error (error_codes.h).
HttpResponse ErrorResponse(std::string_view code, const std::string& message);

}  // namespace monoceros::agent
