// SPDX-License-Identifier: Apache-2.0
#include "router/health/health_connection.h"

#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <utility>

#include "base/syscall.h"
#include "router/health/probe_answer.h"
#include "router/http/response_head.h"

namespace monoceros::router {
namespace {

constexpr http::Limits kLimits{.request_line = 1024, .fields = 64, .field_size = 4096};
constexpr size_t kMostInput = 16 * 1024;
constexpr int kReadsPerTurn = 4;

std::string_view FieldValue(const http::ParsedHead& head, std::string_view text,
                            std::string_view name) {
  for (const http::FieldSpan& field : head.fields) {
    if (field.name_length != name.size()) continue;
    if (::strncasecmp(text.data() + field.name_offset, name.data(), name.size()) != 0) continue;
    return text.substr(field.value_offset, field.value_length);
  }
  return {};
}

}  // namespace

HealthConnection::HealthConnection(Context& context, HealthConnectionOwner& owner,
                                   base::TimeoutList& timeouts, base::Fd socket)
    : context_(context),
      owner_(owner),
      timeouts_(timeouts),
      socket_(std::move(socket)),
      parser_(kLimits) {}

void HealthConnection::Start() {
  context_.loop.Add(socket_.get(), EPOLLIN | EPOLLRDHUP, this);
  timeouts_.Arm(*this, context_.now);
  OnEvents(EPOLLIN);
}

void HealthConnection::OnEvents(uint32_t) {
  for (int reads = 0; reads < kReadsPerTurn && socket_ && ReadOnce(); ++reads) {
  }
}

void HealthConnection::Close() {
  if (!socket_) return;
  Abandon();
  owner_.OnClosed(*this);
}

void HealthConnection::Abandon() {
  Disarm();
  context_.loop.Remove(socket_.get());
  socket_.Close();
}

bool HealthConnection::ReadOnce() {
  auto& scratch = context_.scratch;
  const auto receive = [&] { return ::recv(socket_.get(), scratch.data(), scratch.size(), 0); };
  const ssize_t count = base::RetryOnEintr(receive);
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) return Close(), false;
  if (answered_) return true;
  input_.append(scratch.data(), static_cast<size_t>(count));
  if (input_.size() > kMostInput) return Close(), false;
  Parse();
  return true;
}

void HealthConnection::Parse() {
  size_t consumed = 0;
  const http::ParseEvent event = parser_.Parse(input_, consumed);
  if (event == http::ParseEvent::kHead) return Answer();
  if (event == http::ParseEvent::kNeedMore) return void(input_.erase(0, consumed));
  std::string refusal;
  http::WriteErrorResponse(parser_.error().status, parser_.error().reason, {}, false, false,
                           context_.DateLine(), refusal);
  Send(refusal);
}

void HealthConnection::Answer() {
  const std::string_view text = input_;
  const http::ParsedHead& head = parser_.head();
  const std::string_view method = text.substr(head.method_offset, head.method_length);
  const ProbeAnswer probe = AnswerProbe({.method = method,
                                         .path = text.substr(head.path_offset, head.path_length),
                                         .query = text.substr(head.query_offset, head.query_length),
                                         .accept = FieldValue(head, text, "accept")},
                                        GatherHealth(context_));
  Send(ProbeResponse(probe, method == "HEAD", false, context_.DateLine()));
}

// The answer fits the empty buffer of a new socket; a client for which it does not gets less.
void HealthConnection::Send(std::string_view answer) {
  answered_ = true;
  const auto send = [&] {
    return ::send(socket_.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  };
  if (base::RetryOnEintr(send) < 0) return Close();
  // Closing with unread input would reset the connection and may destroy the answer on its way.
  ::shutdown(socket_.get(), SHUT_WR);
}

}  // namespace monoceros::router
