// SPDX-License-Identifier: Apache-2.0
#include "conformance/parse_run.h"

#include <algorithm>
#include <memory>

namespace monoceros::router::http {
namespace {

class Connection {
 public:
  Connection(const Limits& limits, std::string_view bytes) : parser_(limits), left_(bytes) {}

  ParseRun Run(const NextPiece& next_piece) {
    while (Step()) {
      if (!wants_more_) continue;
      if (left_.empty()) break;
      const size_t size = std::min(next_piece(left_.size()), left_.size());
      pending_.append(left_.substr(0, size));
      left_.remove_prefix(size);
    }
    run_.in_message = parser_.in_message();
    return std::move(run_);
  }

 private:
  // One call of the parser; false when the connection is over.
  bool Step() {
    const size_t size = pending_.size();
    const auto copy = std::make_unique<char[]>(size);
    std::copy(pending_.begin(), pending_.end(), copy.get());
    const std::string_view input(copy.get(), size);
    size_t consumed = size + 1;
    const ParseEvent event = parser_.Parse(input, consumed);
    Require(consumed <= size, "consumed more than there is");
    wants_more_ = event == ParseEvent::kNeedMore;
    const bool alive = Take(event, input, consumed);
    pending_.erase(0, std::min(consumed, size));
    return alive;
  }

  bool Take(ParseEvent event, std::string_view input, size_t consumed) {
    switch (event) {
      case ParseEvent::kNeedMore:
        Require(!in_body_ || consumed == input.size(), "body bytes left over");
        return true;
      case ParseEvent::kHead:
        TakeHead(input.substr(0, consumed));
        return true;
      case ParseEvent::kBody:
        Require(!parser_.body().empty() && parser_.body().data() >= input.data() &&
                    parser_.body().data() + parser_.body().size() <= input.data() + consumed,
                "body outside the consumed input");
        run_.requests.back().body += parser_.body();
        return true;
      case ParseEvent::kComplete:
        run_.requests.back().trailers = parser_.trailers();
        run_.requests.back().complete = true;
        Require(!parser_.in_message(), "in_message after the end");
        parser_.Reset();
        in_body_ = false;
        return run_.requests.back().keep_alive;
      case ParseEvent::kError:
        run_.status = parser_.error().status;
        run_.reason = parser_.error().reason;
        return false;
    }
    return false;
  }

  void TakeHead(std::string_view text) {
    const ParsedHead& head = parser_.head();
    in_body_ = true;
    Require(parser_.in_message(), "not in_message in a message");
    ReportedRequest request{
        .method = Cut(text, head.method_offset, head.method_length),
        .target = Cut(text, head.target_offset, head.target_length),
        .path = Cut(text, head.path_offset, head.path_length),
        .query = Cut(text, head.query_offset, head.query_length),
        .version_minor = head.version_minor,
        .keep_alive = head.keep_alive,
        .expect_continue = head.expect_continue,
        .upgrade = head.upgrade,
        .chunked = head.chunked,
        .content_length = head.content_length,
    };
    for (const FieldSpan& field : head.fields) {
      request.fields.emplace_back(Cut(text, field.name_offset, field.name_length),
                                  Cut(text, field.value_offset, field.value_length));
    }
    run_.requests.push_back(std::move(request));
  }

  std::string Cut(std::string_view text, size_t offset, size_t length) {
    const bool inside = offset <= text.size() && length <= text.size() - offset;
    Require(inside, "span outside the head");
    return std::string(inside ? text.substr(offset, length) : std::string_view());
  }

  void Require(bool condition, const char* violation) {
    if (!condition) run_.violations.emplace_back(violation);
  }

  RequestParser parser_;
  std::string_view left_;
  std::string pending_;
  ParseRun run_;
  bool in_body_ = false;
  bool wants_more_ = false;
};

}  // namespace

ParseRun RunParser(const Limits& limits, std::string_view bytes, const NextPiece& next_piece) {
  return Connection(limits, bytes).Run(next_piece);
}

ParseRun RunInOnePiece(const Limits& limits, std::string_view bytes) {
  return RunParser(limits, bytes, [](size_t left) { return left; });
}

}  // namespace monoceros::router::http
