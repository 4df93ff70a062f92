// SPDX-License-Identifier: Apache-2.0
#include "router/http/response_head.h"

#include <fmt/format.h>

#include <iterator>

#include "router/http/response_fields.h"
#include "router/http/status_line.h"

namespace monoceros::router::http {
namespace {

constexpr int kSwitchingProtocols = 101;

base::Result<void> CheckStatus(const channel::ResponseHead& head) {
  if (head.status < 100 || head.status > 599) {
    return base::Fail(fmt::format("the application answered with status {}", head.status));
  }
  if (!IsFieldText(head.reason)) return base::Fail("control character in the reason phrase");
  return {};
}

bool AllowsContentLength(int status) { return status >= 200 && status != 204; }

// RFC 9112 section 6.3, from the sender's side.
ResponsePlan PlanFraming(int status, const ResponseFields& fields, const ResponseContext& context) {
  const auto length = fields.content_length ? fields.content_length : context.whole_body_length;
  const bool keep_alive = context.keep_alive && !fields.close;
  if (status == kSwitchingProtocols) return {Framing::kTunnel, 0, false};
  if (context.head_request || status == 204 || status == 304)
    return {Framing::kNone, 0, keep_alive};
  if (length) return {Framing::kLength, *length, keep_alive};
  if (context.version_minor > 0) return {Framing::kChunked, 0, keep_alive};
  return {Framing::kClose, 0, false};
}

void AppendContentLength(uint64_t length, std::string& out) {
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", length);
}

void AppendFraming(int status, const ResponsePlan& plan, const ResponseFields& fields,
                   std::string& out) {
  if (plan.framing == Framing::kLength) AppendContentLength(plan.content_length, out);
  if (plan.framing == Framing::kChunked) out.append("Transfer-Encoding: chunked\r\n");
  if (plan.framing == Framing::kNone && fields.content_length && AllowsContentLength(status)) {
    AppendContentLength(*fields.content_length, out);
  }
}

void AppendConnection(int status, const ResponsePlan& plan, const ResponseFields& fields,
                      uint8_t version_minor, std::string& out) {
  if (status == kSwitchingProtocols) {
    out.append("Connection: Upgrade\r\n");
    return;
  }
  // A field that is meant for this connection only has to be listed (RFC 9110 section 7.8).
  const std::string_view upgrade = fields.has_upgrade ? ", Upgrade" : "";
  if (!plan.keep_alive) {
    out.append("Connection: close").append(upgrade).append("\r\n");
  } else if (version_minor == 0 || fields.has_upgrade) {
    out.append("Connection: keep-alive").append(upgrade).append("\r\n");
  }
}

}  // namespace

base::Result<ResponsePlan> WriteResponseHead(const channel::ResponseHead& head,
                                             const ResponseContext& context,
                                             std::string_view date_line, std::string& out) {
  if (auto checked = CheckStatus(head); !checked) return tl::make_unexpected(checked.error());
  if (head.status < 200 && head.status != kSwitchingProtocols) {
    return base::Fail(fmt::format("interim status {} as the final one", head.status));
  }
  const auto fields = CheckResponseFields(head);
  if (!fields) return tl::make_unexpected(fields.error());
  if (head.status == kSwitchingProtocols && (!fields->has_upgrade || context.version_minor == 0)) {
    return base::Fail("status 101 without Upgrade, or to an HTTP/1.0 client");
  }
  const ResponsePlan plan = PlanFraming(head.status, *fields, context);
  AppendStatusLine(head.status, head.reason, out);
  AppendFields(head, out);
  out.append(context.extra_fields);
  if (!fields->has_server) out.append(kServerLine);
  if (!fields->has_date) out.append(date_line);
  AppendFraming(head.status, plan, *fields, out);
  AppendConnection(head.status, plan, *fields, context.version_minor, out);
  out.append("\r\n");
  return plan;
}

base::Result<void> WriteInterimHead(const channel::ResponseHead& head, uint8_t version_minor,
                                    std::string& out) {
  if (auto checked = CheckStatus(head); !checked) return checked;
  if (head.status <= kSwitchingProtocols || head.status >= 200) {
    return base::Fail(fmt::format("status {} is not an interim one to send", head.status));
  }
  const auto fields = CheckResponseFields(head);
  if (!fields) return tl::make_unexpected(fields.error());
  if (version_minor == 0) return {};
  AppendStatusLine(head.status, head.reason, out);
  AppendFields(head, out);
  out.append("\r\n");
  return {};
}

}  // namespace monoceros::router::http
