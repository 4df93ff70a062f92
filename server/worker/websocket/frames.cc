// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/frames.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace monoceros::websocket {
namespace {

FrameContext MakeContext(const wslay_frame_callbacks& callbacks, void* owner) {
  wslay_frame_context_ptr context = nullptr;
  if (wslay_frame_context_init(&context, &callbacks, owner) != 0) throw std::bad_alloc();
  return FrameContext(context);
}

}  // namespace

void FreeFrameContext::operator()(wslay_frame_context* context) const {
  wslay_frame_context_free(context);
}

FrameReader::FrameReader() : context_(MakeContext({nullptr, Take, nullptr}, this)) {}

ssize_t FrameReader::Take(uint8_t* to, size_t size, int, void* self) {
  std::string_view& input = static_cast<FrameReader*>(self)->input_;
  if (input.empty()) return -1;
  size = std::min(size, input.size());
  std::memcpy(to, input.data(), size);
  input.remove_prefix(size);
  return static_cast<ssize_t>(size);
}

FrameReader::Status FrameReader::Next(Piece& piece) {
  wslay_frame_iocb frame{};
  const ssize_t received = wslay_frame_recv(context_.get(), &frame);
  if (received == WSLAY_ERR_WANT_READ) return Status::kNeedMore;
  if (received < 0) return Status::kBroken;
  piece = {.opcode = static_cast<Opcode>(frame.opcode),
           .reserved = frame.rsv,
           .fin = frame.fin != 0,
           .masked = frame.mask != 0,
           .first = done_ == 0,
           .last = false,
           .length = frame.payload_length,
           .bytes = {reinterpret_cast<const char*>(frame.data), frame.data_length}};
  done_ += frame.data_length;
  piece.last = done_ == frame.payload_length;
  if (piece.last) done_ = 0;
  return Status::kPiece;
}

FrameWriter::FrameWriter() : context_(MakeContext({Put, nullptr, nullptr}, this)) {}

ssize_t FrameWriter::Put(const uint8_t* from, size_t size, int, void* self) {
  static_cast<FrameWriter*>(self)->out_->append(reinterpret_cast<const char*>(from), size);
  return static_cast<ssize_t>(size);
}

void FrameWriter::Append(Opcode opcode, uint8_t reserved, std::string_view payload,
                         std::string& out) {
  out_ = &out;
  wslay_frame_iocb frame{};
  frame.fin = 1;
  frame.rsv = reserved;
  frame.opcode = static_cast<uint8_t>(opcode);
  frame.payload_length = payload.size();
  frame.data = reinterpret_cast<const uint8_t*>(payload.data());
  frame.data_length = payload.size();
  // Put takes everything, so that one call writes the whole frame.
  wslay_frame_send(context_.get(), &frame);
}

}  // namespace monoceros::websocket
