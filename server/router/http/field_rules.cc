// SPDX-License-Identifier: Apache-2.0
#include "router/http/field_rules.h"

#include "router/http/authority.h"
#include "router/http/characters.h"
#include "router/http/content_length.h"

namespace monoceros::router::http {

Refusal FieldRules::Take(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (EqualsIgnoringCase(name, "host")) return TakeHost(value);
      break;
    case 6:
      if (!EqualsIgnoringCase(name, "expect")) break;
      expect_continue_ = EqualsIgnoringCase(value, "100-continue");
      unknown_expectation_ |= !expect_continue_;
      break;
    case 7:
      if (EqualsIgnoringCase(name, "upgrade")) has_upgrade_ |= !value.empty();
      break;
    case 10:
      if (EqualsIgnoringCase(name, "connection")) TakeConnection(value);
      break;
    case 14:
      if (EqualsIgnoringCase(name, "content-length")) return TakeContentLength(value);
      break;
    case 17:
      if (EqualsIgnoringCase(name, "transfer-encoding")) return TakeTransferEncoding(value);
      break;
    default:
      break;
  }
  return kAccepted;
}

Refusal FieldRules::TakeHost(std::string_view value) {
  if (has_host_) return Bad("repeated Host");
  has_host_ = true;
  return IsAuthority(value) ? kAccepted : Bad("invalid Host");
}

Refusal FieldRules::TakeContentLength(std::string_view value) {
  if (content_length_) return Bad("repeated Content-Length");
  content_length_ = ParseContentLength(value);
  return content_length_ ? kAccepted : Bad("invalid Content-Length");
}

Refusal FieldRules::TakeTransferEncoding(std::string_view value) {
  if (has_transfer_encoding_) return Bad("repeated Transfer-Encoding");
  has_transfer_encoding_ = true;
  bool malformed = false;
  bool chunked = false;
  ForEachElement(value, [&](std::string_view coding) {
    // Nothing may follow chunked, which takes no parameters (RFC 9112 sections 6.1 and 7.1).
    const std::string_view coding_name = Trim(coding.substr(0, coding.find(';')));
    malformed |= chunked || coding_name.empty() || !AllIn(kToken, coding_name);
    chunked = EqualsIgnoringCase(coding_name, "chunked");
    malformed |= chunked && coding.size() != coding_name.size();
    unknown_coding_ |= !chunked;
  });
  return malformed ? Bad("invalid Transfer-Encoding") : kAccepted;
}

void FieldRules::TakeConnection(std::string_view value) {
  ForEachElement(value, [this](std::string_view option) {
    close_ |= EqualsIgnoringCase(option, "close");
    keep_alive_ |= EqualsIgnoringCase(option, "keep-alive");
    connection_upgrade_ |= EqualsIgnoringCase(option, "upgrade");
  });
}

Refusal FieldRules::CheckFraming(uint8_t version_minor) const {
  if (!has_transfer_encoding_) return kAccepted;
  if (content_length_) return Bad("both Content-Length and Transfer-Encoding");
  if (version_minor == 0) return Bad("Transfer-Encoding in HTTP/1.0");
  if (unknown_coding_) return {501, "unknown transfer coding"};
  return kAccepted;
}

Refusal FieldRules::Finish(uint64_t max_body, ParsedHead& head) const {
  const bool modern = head.version_minor > 0;
  if (modern && !has_host_) return Bad("missing Host");
  if (auto refusal = CheckFraming(head.version_minor)) return refusal;
  // HTTP/1.0 has neither expectations nor upgrades: both are ignored there.
  if (modern && unknown_expectation_) return {417, "unknown expectation"};
  if (max_body != 0 && content_length_.value_or(0) > max_body) return {413, "body too large"};
  head.chunked = has_transfer_encoding_;
  head.content_length = content_length_;
  head.keep_alive = !close_ && (modern || keep_alive_);
  head.expect_continue =
      modern && expect_continue_ && (head.chunked || content_length_.value_or(0) > 0);
  head.upgrade = modern && connection_upgrade_ && has_upgrade_;
  return kAccepted;
}

}  // namespace monoceros::router::http
