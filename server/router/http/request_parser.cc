// SPDX-License-Identifier: Apache-2.0
#include "router/http/request_parser.h"

#include "router/http/body_parser.h"
#include "router/http/head_parser.h"
#include "router/http/llhttp_check.h"

namespace monoceros::router::http {

class RequestParser::Impl {
 public:
  explicit Impl(const Limits& limits) : head_parser(limits), body_parser(limits, llhttp) {}

  enum class State { kHead, kBody, kComplete, kRefused };

  ParseEvent ParseHead(std::string_view input, size_t& consumed);
  ParseEvent ParseBody(std::string_view input, size_t& consumed);
  ParseEvent Refuse(Refusal refusal);

  LlhttpCheck llhttp;
  HeadParser head_parser;
  BodyParser body_parser;
  ParsedHead head;
  ParseError error;
  State state = State::kHead;
};

ParseEvent RequestParser::Impl::Refuse(Refusal refusal) {
  error.status = refusal.status;
  error.reason = refusal.reason;
  state = State::kRefused;
  return ParseEvent::kError;
}

ParseEvent RequestParser::Impl::ParseHead(std::string_view input, size_t& consumed) {
  if (!head_parser.Parse(input, head)) {
    consumed = head_parser.DropEmptyLines();
    return ParseEvent::kNeedMore;
  }
  if (auto refusal = head_parser.refusal()) return Refuse(refusal);
  const std::string_view text = input.substr(0, head_parser.length());
  if (auto refusal = llhttp.CheckHead(text, head)) return Refuse(refusal);
  consumed = text.size();
  body_parser.Start(head);
  state = State::kBody;
  return ParseEvent::kHead;
}

ParseEvent RequestParser::Impl::ParseBody(std::string_view input, size_t& consumed) {
  const ParseEvent event = body_parser.Parse(input, consumed);
  if (event == ParseEvent::kError) return Refuse(body_parser.refusal());
  if (event == ParseEvent::kComplete) state = State::kComplete;
  return event;
}

RequestParser::RequestParser(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

ParseEvent RequestParser::Parse(std::string_view input, size_t& consumed) {
  consumed = 0;
  switch (impl_->state) {
    case Impl::State::kHead:
      return impl_->ParseHead(input, consumed);
    case Impl::State::kBody:
      return impl_->ParseBody(input, consumed);
    case Impl::State::kComplete:
      return ParseEvent::kComplete;
    case Impl::State::kRefused:
      break;
  }
  return ParseEvent::kError;
}

const ParsedHead& RequestParser::head() const { return impl_->head; }

std::string_view RequestParser::body() const { return impl_->body_parser.body(); }

const std::vector<std::pair<std::string, std::string>>& RequestParser::trailers() const {
  return impl_->body_parser.trailers();
}

const ParseError& RequestParser::error() const { return impl_->error; }

bool RequestParser::in_message() const {
  return impl_->state != Impl::State::kComplete && impl_->head_parser.started();
}

void RequestParser::Reset() {
  impl_->llhttp.Reset();
  impl_->head_parser.Reset();
  impl_->body_parser.Reset();
  std::vector<FieldSpan> fields = std::move(impl_->head.fields);
  fields.clear();
  impl_->head = {};
  impl_->head.fields = std::move(fields);
  impl_->state = Impl::State::kHead;
}

}  // namespace monoceros::router::http
