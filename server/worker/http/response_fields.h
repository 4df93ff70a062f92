// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "channel/heads.h"

namespace monoceros::http {

// A head that is longer does not surely fit into the channel's arena.
inline constexpr size_t kMaxHeadBytes = 64 * 1024;

// Control characters; of them only the tab may be sent (RFC 9110 section 5.5).
bool HasControls(std::string_view value);

// The head that an application gives its response, checked field by field. Keeps its memory from
// response to response.
class ResponseFields {
 public:
  enum class Verdict {
    kGood,
    kBadName,    // not a token (RFC 9110 section 5.6.2)
    kBadValue,   // has control characters
    kBadLength,  // a Content-Length that is no number, or another than before
  };

  void Clear();
  // For a head of status 101: until Clear, Upgrade is a field to send.
  void KeepUpgrade() { keep_upgrade_ = true; }
  // Appends a field, whose views must live until Encode. Hop-by-hop fields are left out, as they
  // are the server's business, except Connection: close.
  Verdict Add(channel::Field field);

  // Appends the encoded head to `bytes`.
  void Encode(uint16_t status, std::string_view reason, std::string& bytes);
  // Appends the encoded fields alone: trailers.
  void EncodeTrailers(std::string& bytes) const;

  const std::optional<uint64_t>& content_length() const { return content_length_; }
  // Whether an Upgrade field was kept.
  bool has_upgrade() const { return has_upgrade_; }

 private:
  channel::ResponseHead head_;
  std::optional<uint64_t> content_length_;
  bool keep_upgrade_ = false;
  bool has_upgrade_ = false;
};

}  // namespace monoceros::http
