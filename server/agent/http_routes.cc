// SPDX-License-Identifier: Apache-2.0
#include "agent/http_routes.h"

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "agent/dashboard/page.h"
#include "agent/http_guard.h"
#include "agent/order_messages.h"
#include "agent/proto_time.h"
#include "agent/result_messages.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

namespace v1 = control::v1;
using base::Result;
using nlohmann::json;

constexpr const char* kJson = "application/json";

HttpResponse JsonResponse(const google::protobuf::Message& message) {
  return {.content_type = kJson, .body = PrintJson(message) + "\n"};
}

HttpResponse RespondTo(const OrderOutcome& outcome, v1::ApplyResponse& response) {
  response.set_live_revision(outcome.live_revision);
  response.set_message(outcome.message);
  return JsonResponse(response);
}

template <typename Message>
HttpResponse RespondTo(const OrderOutcome& outcome, Message& message) {
  const Result<void> read = FromResult(outcome.result, message);
  return read ? JsonResponse(message) : ErrorResponse("unknown", read.error().message);
}

// One order whose answer becomes a response of type Message.
template <typename Message>
class OrderReply final : public OrderListener {
 public:
  explicit OrderReply(HttpReply reply) : reply_(std::move(reply)) {}
  void OnOrderEvent(const OrderEvent&) override {}
  void OnOrderDone(const OrderOutcome& outcome) override {
    if (!outcome.code.empty()) return reply_(ErrorResponse(outcome.code, outcome.message));
    Message message;
    reply_(RespondTo(outcome, message));
  }

 private:
  HttpReply reply_;
};

template <typename Message>
void Order(MasterClient& master, Result<json> order, base::Nanoseconds limit,
           const HttpReply& reply) {
  if (!order) return reply(ErrorResponse("invalid_argument", order.error().message));
  master.Submit(std::move(*order), limit, std::make_shared<OrderReply<Message>>(reply));
}

template <typename Request>
Result<json> ReadOrder(const std::string& body) {
  Request request;
  const Result<void> read = ParseJson(body.empty() ? "{}" : body, request);
  if (!read) return tl::make_unexpected(read.error());
  return ToOrder(request);
}

// The order that a POST to `path` is; nothing for other paths.
std::optional<Result<json>> OrderOf(const std::string& path, const std::string& body) {
  if (path == "/api/apply") return ReadOrder<v1::ApplyRequest>(body);
  if (path == "/api/reload") return ReadOrder<v1::ReloadRequest>(body);
  if (path == "/api/restart") return ReadOrder<v1::RestartWorkerRequest>(body);
  if (path == "/api/drain") return ReadOrder<v1::DrainRequest>(body);
  return std::nullopt;
}

Result<json> StacksOrder(const HttpRequest& request) {
  const auto slot = request.query.find("slot");
  const std::string text = slot == request.query.end() ? "" : slot->second;
  v1::DumpStacksRequest order;
  uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return base::Fail("slot: the number of a worker slot is needed, as in ?slot=0");
  }
  order.set_slot(number);
  order.set_last_timeout(request.Asks("last_timeout"));
  return ToOrder(order);
}

Caller CallerOf(const HttpRequest& request) {
  return {.token = BearerToken(request.authorization), .names = {}};
}

HttpResponse Refusal(Decision decision) {
  if (decision == Decision::kDenied) {
    return ErrorResponse("permission_denied", "this token may look, but not change anything");
  }
  HttpResponse response = ErrorResponse("unauthenticated",
                                        "a token is needed: Authorization: Bearer TOKEN (see "
                                        "control_read_token_file and control_change_token_file)");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

HttpRoutes::HttpRoutes(ControlParts& parts, PoolMetrics& metrics, const Access& access,
                       bool loopback)
    : parts_(parts),
      metrics_(metrics),
      access_(access),
      loopback_(loopback),
      page_policy_(ContentSecurityPolicy(dashboard::Page())) {}

void HttpRoutes::Handle(const HttpRequest& request, HttpReply reply) {
  if (request.path == "/livez") return reply({.body = "ok\n"});
  if (const Result<void> host = CheckHost(request, loopback_); !host) {
    return reply({.status = 421, .body = host.error().message + "\n"});
  }
  switch (request.method) {
    case HttpRequest::Method::kGet:
    case HttpRequest::Method::kHead:
      return Get(request, reply);
    case HttpRequest::Method::kPost:
      return Change(request, reply);
    case HttpRequest::Method::kOther:
      break;
  }
  reply({.status = 405,
         .body = "only GET, HEAD and POST\n",
         .headers = {{"Allow", "GET, HEAD, POST"}}});
}

void HttpRoutes::Get(const HttpRequest& request, const HttpReply& reply) {
  if (request.path == "/") return reply(PageResponse());
  if (request.path == "/metrics") return reply(Metrics(request));
  if (request.path == "/api/info") return reply(Info(request));
  if (request.path.starts_with("/api/")) {
    const Decision decision = access_.Judge(Right::kRead, CallerOf(request));
    if (decision != Decision::kAllowed) return reply(Refusal(decision));
    return Look(request, reply);
  }
  reply({.status = 404, .body = "there is no such page; see / and /metrics\n"});
}

void HttpRoutes::Look(const HttpRequest& request, const HttpReply& reply) {
  if (request.path == "/api/status") return reply(Status(request));
  if (request.path == "/api/events") return reply(Events(request));
  if (request.path == "/api/config") {
    return Order<v1::Config>(parts_.master, GetConfigOrder(), kLookLimit, reply);
  }
  if (request.path == "/api/stacks") {
    return Order<v1::Stacks>(parts_.master, StacksOrder(request), kLookLimit, reply);
  }
  reply(OrderOf(request.path, "") ? HttpResponse{.status = 405,
                                                 .body = "this is for POST\n",
                                                 .headers = {{"Allow", "POST"}}}
                                  : ErrorResponse("not_found", "there is no " + request.path));
}

void HttpRoutes::Change(const HttpRequest& request, const HttpReply& reply) {
  if (const Result<void> checked = CheckChange(request); !checked) {
    return reply(ErrorResponse("permission_denied", checked.error().message));
  }
  const Decision decision = access_.Judge(Right::kChange, CallerOf(request));
  if (decision != Decision::kAllowed) return reply(Refusal(decision));
  auto order = OrderOf(request.path, request.body);
  if (!order) return reply(ErrorResponse("not_found", "there is no " + request.path));
  Order<v1::ApplyResponse>(parts_.master, std::move(*order), kNoLimit, reply);
}

HttpResponse HttpRoutes::Metrics(const HttpRequest& request) {
  const auto sample = parts_.pool.Sample();
  if (!sample) return {.status = 503, .body = sample.error().message + "\n"};
  const auto detail = request.query.find("detail");
  const RenderOptions options{
      .slot_detail = detail != request.query.end() && detail->second == "slots",
      .open_metrics = PrefersOpenMetrics(request.accept)};
  return {.content_type = std::string(ContentType(options)),
          .body = metrics_.Render(*sample->now, options)};
}

// Open to all, so that the page can ask for the token that it needs.
HttpResponse HttpRoutes::Info(const HttpRequest& request) const {
  const Caller caller = CallerOf(request);
  const auto may = [&](Right right) { return access_.Judge(right, caller) == Decision::kAllowed; };
  json info = {{"may_read", may(Right::kRead)}, {"may_change", may(Right::kChange)}};
  if (may(Right::kRead)) {
    v1::ServerInfo server;
    FillServerInfo(parts_, server);
    info["server"] = json::parse(PrintJson(server), nullptr, /*allow_exceptions=*/false);
  }
  return {.content_type = kJson, .body = info.dump() + "\n"};
}

HttpResponse HttpRoutes::Status(const HttpRequest& request) {
  v1::Status status;
  const bool detail = !request.query.contains("detail") || request.Asks("detail");
  const Result<void> filled = FillStatus(parts_, detail, status);
  return filled ? JsonResponse(status) : ErrorResponse("unavailable", filled.error().message);
}

HttpResponse HttpRoutes::Events(const HttpRequest& request) {
  const bool detail = !request.query.contains("detail") || request.Asks("detail");
  const auto next = [this, detail]() -> std::string {
    v1::Status status;
    const Result<void> filled = FillStatus(parts_, detail, status);
    if (!filled) {
      SetTime(WallClockNow(), *status.mutable_at());
      status.set_state("unavailable");
      status.add_reasons(filled.error().message);
    }
    return "event: status\ndata: " + PrintJson(status) + "\n\n";
  };
  return {.content_type = "text/event-stream", .body = "retry: 1000\n\n", .next_piece = next};
}

HttpResponse HttpRoutes::PageResponse() const {
  return {.content_type = "text/html; charset=utf-8",
          .body = std::string(dashboard::Page()),
          .headers = {{"Content-Security-Policy", page_policy_}}};
}

}  // namespace monoceros::agent
