// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monoceros::router::http {

// Limits on what a client may send (settings of the same names), in bytes or counts; 0 is no limit
// of its own. A head may have 1 MiB, the trailers of a request 64 KiB in any case.
struct Limits {
  size_t request_line = 4094;  // without its line end
  size_t fields = 100;         // trailers and dropped fields count too
  size_t field_size = 8190;    // one field: name, colon, value, line end
  uint64_t max_body = 0;
};

// A field of a parsed head; offsets are from the first byte of the input that Parse answered with
// kHead, so they survive a move of the buffer.
struct FieldSpan {
  uint32_t name_offset;
  uint32_t name_length;
  uint32_t value_offset;
  uint32_t value_length;  // without surrounding white space
};

// A request head that passed the framing policy (RFC 9112) and llhttp. Views of text are taken
// with the buffer the head was parsed from.
struct ParsedHead {
  uint32_t method_offset = 0, method_length = 0;
  uint32_t target_offset = 0, target_length = 0;  // as sent
  // The path and query of the target: for the absolute form those of its URI; "*" stays "*".
  uint32_t path_offset = 0, path_length = 0;
  uint32_t query_offset = 0, query_length = 0;  // without '?'
  uint8_t version_minor = 1;
  bool keep_alive = true;        // the client allows another request on the connection
  bool expect_continue = false;  // Expect: 100-continue on HTTP/1.1 with a body
  bool upgrade = false;          // Connection: upgrade with an Upgrade field
  bool chunked = false;
  std::optional<uint64_t> content_length;
  std::vector<FieldSpan> fields;  // in order of arrival
};

// What the caller should do next.
enum class ParseEvent {
  kNeedMore,  // all input was consumed; feed more
  kHead,      // head() is complete; call Parse again for the body, even with no input left
  kBody,      // body() is a piece of content (chunk framing removed)
  kComplete,  // the message ended; trailers() are set; call Reset before the next request
  kError,     // error() says which status to answer with; answer and close
};

struct ParseError {
  int status = 400;    // 400, 413, 414, 417, 431, 501 or 505
  std::string reason;  // one line for the log and for the body of the answer
};

// A strict HTTP/1.1 request parser: the project's framing policy, and llhttp with every leniency
// off; a request passes only when both accept it and agree on its framing. The outcome depends on
// the bytes alone, never on how they were split over calls. Allocates nothing per request once its
// vectors have grown, but for trailers and fields with underscores. One per connection, one thread.
class RequestParser {
 public:
  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  // Parses `input`, stopping at the first event. While the head is incomplete every call must pass
  // the same buffer contents from the head's first byte on (the buffer may have moved and grown);
  // parsing resumes where it stopped. After kHead, `input` is whatever follows what was consumed.
  // `consumed` is how many bytes the caller must drop from the front: 0 while the head is
  // incomplete, the head's length with kHead. Empty lines before a request count as its head's
  // begin; when nothing but them has come, kNeedMore consumes them.
  ParseEvent Parse(std::string_view input, size_t& consumed);

  // Valid from kHead until Reset.
  const ParsedHead& head() const;
  // Valid until the next Parse; points into the input.
  std::string_view body() const;
  // Trailer fields as (name, value) after kComplete.
  const std::vector<std::pair<std::string, std::string>>& trailers() const;
  const ParseError& error() const;
  // True between the first byte of a request (leading CRLFs excepted) and its end.
  bool in_message() const;
  // Ready for the next request of the connection. Frees nothing.
  void Reset();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::router::http
