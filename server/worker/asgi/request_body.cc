// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/request_body.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/syscall.h"

namespace monoceros::asgi {
namespace {

// Of one http.request message.
constexpr size_t kPieceBytes = 64 * 1024;

python::Ref MakeBytes(size_t size) {
  return python::Ref::Steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size)));
}

}  // namespace

void RequestBody::Begin(const channel::RequestHead& head) {
  ended_ = !head.has_body;
  left_ = head.content_length;
  if (left_ == 0) ended_ = true;
}

RequestBody::Status RequestBody::Next(channel::Exchange& exchange, python::Ref& piece) {
  if (file_) return NextOfFile(piece);
  switch (Gather(exchange)) {
    case Gathered::kFile:
      return NextOfFile(piece);
    case Gathered::kBroken:
      return Status::kBroken;
    case Gathered::kGoOn:
      break;
  }
  return pieces_.empty() && !ended_ ? Status::kNothing : JoinPieces(exchange, piece);
}

RequestBody::Gathered RequestBody::Gather(channel::Exchange& exchange) {
  pieces_.clear();
  gathered_ = 0;
  while (gathered_ < kPieceBytes && !ended_) {
    const std::optional<channel::Frame> frame = exchange.Read();
    if (!frame) break;
    switch (frame->type) {
      case channel::FrameType::kData:
        pieces_.push_back(frame->payload);
        gathered_ += frame->payload.size();
        Count(frame->payload.size());
        break;
      case channel::FrameType::kTrailers:
        break;
      case channel::FrameType::kEnd:
        ended_ = true;
        break;
      case channel::FrameType::kFile:
        file_ = exchange.ReceiveDescriptor();
        return file_ ? Gathered::kFile : Gathered::kBroken;
      default:
        return Gathered::kBroken;
    }
  }
  return Gathered::kGoOn;
}

RequestBody::Status RequestBody::JoinPieces(channel::Exchange& exchange, python::Ref& piece) {
  piece = MakeBytes(gathered_);
  if (!piece) return Status::kFailed;
  char* to = PyBytes_AS_STRING(piece.get());
  for (const std::span<const std::byte> part : pieces_) {
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  exchange.Consume();
  return Status::kPiece;
}

RequestBody::Status RequestBody::NextOfFile(python::Ref& piece) {
  const size_t size = std::min<uint64_t>(left_.value_or(kPieceBytes), kPieceBytes);
  piece = MakeBytes(size);
  if (!piece) return Status::kFailed;
  ssize_t count;
  {
    const python::ReleaseGil released(stamps_);
    count = base::RetryOnEintr([&] {
      return ::pread(file_.get(), PyBytes_AS_STRING(piece.get()), size,
                     static_cast<off_t>(file_offset_));
    });
  }
  if (count < 0) return Status::kBroken;
  file_offset_ += static_cast<uint64_t>(count);
  if (count == 0) ended_ = true;
  Count(static_cast<uint64_t>(count));
  if (static_cast<size_t>(count) == size) return Status::kPiece;
  PyObject* shorter = piece.Release();
  if (_PyBytes_Resize(&shorter, count) < 0) return Status::kFailed;
  piece = python::Ref::Steal(shorter);
  return Status::kPiece;
}

void RequestBody::Count(uint64_t bytes) {
  if (!left_) return;
  *left_ -= std::min(*left_, bytes);
  if (*left_ == 0) ended_ = true;
}

}  // namespace monoceros::asgi
