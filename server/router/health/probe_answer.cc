// SPDX-License-Identifier: Apache-2.0
#include "router/health/probe_answer.h"

#include <nlohmann/json.hpp>

#include "router/http/response_head.h"

namespace monoceros::router {
namespace {

constexpr int kOk = 200;
constexpr int kUnavailable = 503;

bool WantsJson(const ProbeRequest& request) {
  return request.accept.find("application/json") != std::string_view::npos ||
         request.query == "verbose" || request.query.starts_with("verbose=") ||
         request.query.find("&verbose") != std::string_view::npos;
}

std::string AsLines(const Verdict& verdict) {
  if (verdict.ok()) return "ok\n";
  std::string lines;
  for (const std::string& reason : verdict.reasons) lines.append(reason).append("\n");
  return lines;
}

ProbeAnswer Say(const char* what, const Verdict& verdict, bool as_json) {
  ProbeAnswer answer;
  answer.status = verdict.ok() ? kOk : kUnavailable;
  if (!as_json) return answer.body = AsLines(verdict), answer;
  answer.content_type = "application/json";
  answer.body =
      nlohmann::json{{what, verdict.ok()}, {"reasons", verdict.reasons}}.dump().append("\n");
  return answer;
}

}  // namespace

ProbeAnswer AnswerProbe(const ProbeRequest& request, const HealthFacts& facts) {
  if (request.method == "GET" || request.method == "HEAD") {
    if (request.path == "/livez") return Say("live", JudgeLiveness(facts), WantsJson(request));
    if (request.path == kReadyPath || request.path == "/healthz") {
      return Say("ready", JudgeReadiness(facts), WantsJson(request));
    }
  }
  return {.body = "There are /livez and /readyz.\n"};
}

std::string ProbeResponse(const ProbeAnswer& answer, bool head_request, bool keep_alive,
                          std::string_view date_line) {
  std::string response;
  http::WriteSmallResponse({.status = answer.status,
                            .content_type = answer.content_type,
                            .body = answer.body,
                            .extra_fields = "Cache-Control: no-store\r\n",
                            .head_request = head_request,
                            .keep_alive = keep_alive},
                           date_line, response);
  return response;
}

}  // namespace monoceros::router
