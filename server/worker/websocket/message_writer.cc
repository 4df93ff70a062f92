// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/message_writer.h"

#include "worker/websocket/close_code.h"

namespace monoceros::websocket {
namespace {

// Shorter messages cost more than they save; longer ones do not fit zlib's counters.
constexpr size_t kLeastCompressed = 128;
constexpr size_t kMostCompressed = size_t{1} << 30;
constexpr size_t kKeptBytes = 64 * 1024;

std::string_view WholeCharacters(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<uint8_t>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

void MessageWriter::AppendData(Opcode opcode, std::string_view payload, Deflater* deflater,
                               std::string& out) {
  const size_t size = payload.size();
  if (deflater == nullptr || size < kLeastCompressed || size > kMostCompressed) {
    return frames_.Append(opcode, 0, payload, out);
  }
  compressed_.clear();
  deflater->Append(payload, compressed_);
  frames_.Append(opcode, kRsv1, compressed_, out);
  if (compressed_.capacity() > kKeptBytes) compressed_ = {};
}

void MessageWriter::AppendClose(uint16_t code, std::string_view reason, std::string& out) {
  if (code == kNoStatus) return frames_.Append(Opcode::kClose, 0, {}, out);
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  payload += WholeCharacters(reason, kMaxReasonBytes);
  frames_.Append(Opcode::kClose, 0, payload, out);
}

}  // namespace monoceros::websocket
