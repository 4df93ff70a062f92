// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "worker/websocket/deflate_offer.h"

namespace monoceros::websocket {

// Compresses messages (RFC 7692 section 7.2.1). Its memory, some 32 KiB, is taken by the first.
class Deflater {
 public:
  explicit Deflater(const DeflateParameters& agreed)
      : window_bits_(agreed.server_window_bits), takes_over_(!agreed.server_no_context_takeover) {}

  // Appends the compressed `message` to `out`.
  void Append(std::string_view message, std::string& out);

 private:
  struct Free {
    void operator()(z_stream* stream) const;
  };

  const int window_bits_;
  const bool takes_over_;
  std::unique_ptr<z_stream, Free> stream_;
};

// Decompresses messages piece by piece (RFC 7692 section 7.2.2). Its memory is taken by the first.
class Inflater {
 public:
  explicit Inflater(const DeflateParameters& agreed)
      : window_bits_(agreed.client_window_bits), takes_over_(!agreed.client_no_context_takeover) {}

  enum class Status { kGood, kTooBig, kBroken };
  // Appends what `piece` holds to `out`, as long as that stays within `limit` bytes in all.
  Status Append(std::string_view piece, size_t limit, std::string& out);
  // The message is complete; the same.
  Status End(size_t limit, std::string& out);

 private:
  struct Free {
    void operator()(z_stream* stream) const;
  };

  const int window_bits_;
  const bool takes_over_;
  bool finished_ = false;  // the client ended its stream by a final block
  std::unique_ptr<z_stream, Free> stream_;
};

}  // namespace monoceros::websocket
