// SPDX-License-Identifier: Apache-2.0
#include "kube/response.h"

#include <fmt/core.h>

namespace monoceros::kube {
namespace {

// Enough of a proxy's error page to recognise it.
constexpr size_t kMaxQuoted = 200;

Error ErrorOfText(const HttpResponse& response, const std::string& what) {
  Error error;
  error.status = response.status;
  error.message = fmt::format("{}: status {} without a Status object: {}", what, response.status,
                              response.body.substr(0, kMaxQuoted));
  return error;
}

Error Failure(const HttpResponse& response, const Json& body, const std::string& what) {
  const bool is_status = TextAt(body, "/kind") == "Status";
  Error error = is_status ? ErrorOf(body, response.status, what) : ErrorOfText(response, what);
  // The header is what proxies and the server's own flow control agree on.
  if (response.retry_after) error.retry_after = response.retry_after;
  return error;
}

}  // namespace

Result<Json> Interpret(const HttpResponse& response, const std::string& what) {
  Json body = Json::parse(response.body, nullptr, false);
  if (response.status < 200 || response.status > 299) {
    return tl::make_unexpected(Failure(response, body, what));
  }
  if (!body.is_discarded()) return body;
  Error error;
  error.message =
      fmt::format("{}: the answer is not JSON: {}", what, response.body.substr(0, kMaxQuoted));
  return tl::make_unexpected(std::move(error));
}

Error ErrorOf(const Json& status_object, int status, const std::string& what) {
  Error error;
  error.status = static_cast<int>(NumberAt(status_object, "/code", status));
  error.reason = TextAt(status_object, "/reason");
  error.message = fmt::format("{}: {}{}{}: {}", what, error.status, error.reason.empty() ? "" : " ",
                              error.reason, TextAt(status_object, "/message", "no message"));
  const int64_t seconds = NumberAt(status_object, "/details/retryAfterSeconds");
  if (seconds > 0) error.retry_after = std::chrono::seconds(seconds);
  return error;
}

}  // namespace monoceros::kube
