// SPDX-License-Identifier: Apache-2.0
#include "router/http/llhttp_check.h"

namespace monoceros::router::http {

#if LLHTTP_VERSION_MAJOR < 9
static_assert(LLHTTP_STRICT_MODE == 1, "llhttp 8 is strict only when built for it");
#endif

LlhttpCheck::LlhttpCheck() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t callbacks;
    llhttp_settings_init(&callbacks);
    callbacks.on_headers_complete = [](llhttp_t* parser) {
      static_cast<LlhttpCheck*>(parser->data)->headers_complete_ = true;
      return 0;
    };
    callbacks.on_message_complete = [](llhttp_t* parser) {
      static_cast<LlhttpCheck*>(parser->data)->message_complete_ = true;
      return 0;
    };
    return callbacks;
  }();
  llhttp_init(&parser_, HTTP_REQUEST, &kSettings);
  parser_.data = this;
}

void LlhttpCheck::Reset() {
  llhttp_reset(&parser_);
  headers_complete_ = message_complete_ = false;
}

Refusal LlhttpCheck::Feed(std::string_view text) {
  const llhttp_errno_t error = llhttp_execute(&parser_, text.data(), text.size());
  // An upgrade request ends with a pause: what follows may be another protocol.
  if (error == HPE_OK || (error == HPE_PAUSED_UPGRADE && message_complete_)) return kAccepted;
  return Bad(kLlhttpDisagrees);
}

Refusal LlhttpCheck::CheckHead(std::string_view text, const ParsedHead& head) {
  if (auto refusal = Feed("POST")) return refusal;
  if (auto refusal = Feed(text.substr(head.method_offset + head.method_length))) return refusal;
  const bool chunked = (parser_.flags & F_CHUNKED) != 0;
  const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
  if (!headers_complete_ || message_complete_ == has_body ||
      (has_body &&
       (chunked != head.chunked || parser_.content_length != head.content_length.value_or(0)))) {
    return Bad(kLlhttpDisagrees);
  }
  return kAccepted;
}

Refusal LlhttpCheck::CheckComplete() const {
  return message_complete_ ? kAccepted : Bad(kLlhttpDisagrees);
}

}  // namespace monoceros::router::http
