// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/request_body.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/syscall.h"

namespace monoceros::wsgi {
namespace {

constexpr size_t kFileBufferBytes = 64 * 1024;

python::Ref MakeBytes(const void* data, size_t size) {
  return python::Ref::Steal(
      PyBytes_FromStringAndSize(static_cast<const char*>(data), static_cast<Py_ssize_t>(size)));
}

size_t Limit(Py_ssize_t size) {
  return size < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(size);
}

}  // namespace

void RequestBody::Begin(channel::Exchange& exchange, const channel::RequestHead& head) {
  exchange_ = &exchange;
  source_ = head.has_body ? Source::kFrames : Source::kEnd;
  left_ = head.content_length;
  chunk_ = {};
}

void RequestBody::End() {
  exchange_ = nullptr;
  source_ = Source::kEnd;
  chunk_ = {};
  consume_ = false;
  file_.Close();
  file_offset_ = 0;
}

python::Ref RequestBody::Read(Py_ssize_t size) {
  const size_t wanted = Limit(size);
  return left_ ? ReadKnown(std::min<uint64_t>(wanted, *left_)) : ReadUnknown(wanted);
}

// One allocation of the right size, filled in place.
python::Ref RequestBody::ReadKnown(size_t size) {
  PyObject* bytes = MakeBytes(nullptr, size).Release();
  if (bytes == nullptr) return {};
  size_t filled = 0;
  while (filled < size && Fill()) {
    const size_t part = std::min(size - filled, chunk_.size());
    std::memcpy(PyBytes_AS_STRING(bytes) + filled, chunk_.data(), part);
    filled += part;
    Skip(part);
  }
  python::Ref result = python::Ref::Steal(bytes);
  if (PyErr_Occurred()) return {};
  return filled == size ? std::move(result) : MakeBytes(PyBytes_AS_STRING(bytes), filled);
}

python::Ref RequestBody::ReadUnknown(size_t size) {
  scratch_.clear();
  while (scratch_.size() < size && Fill()) {
    const size_t part = std::min(size - scratch_.size(), chunk_.size());
    scratch_.append(reinterpret_cast<const char*>(chunk_.data()), part);
    Skip(part);
  }
  if (PyErr_Occurred()) return {};
  return MakeBytes(scratch_.data(), scratch_.size());
}

python::Ref RequestBody::ReadLine(Py_ssize_t size) {
  const size_t limit = Limit(size);
  scratch_.clear();
  while (scratch_.size() < limit && Fill()) {
    const size_t reach = std::min(limit - scratch_.size(), chunk_.size());
    const void* newline = std::memchr(chunk_.data(), '\n', reach);
    const size_t part =
        newline == nullptr
            ? reach
            : static_cast<size_t>(static_cast<const std::byte*>(newline) - chunk_.data()) + 1;
    scratch_.append(reinterpret_cast<const char*>(chunk_.data()), part);
    Skip(part);
    if (newline != nullptr) break;
  }
  if (PyErr_Occurred()) return {};
  return MakeBytes(scratch_.data(), scratch_.size());
}

bool RequestBody::Fill() {
  while (chunk_.empty()) {
    if (source_ == Source::kEnd) return false;
    const bool filled = source_ == Source::kFrames ? FillFromFrames() : FillFromFile();
    if (!filled) return false;
  }
  return true;
}

bool RequestBody::FillFromFrames() {
  if (consume_) {
    exchange_->Consume();
    consume_ = false;
  }
  while (true) {
    if (const std::optional<channel::Frame> frame = exchange_->Read()) return TakeFrame(*frame);
    if (!patience_.AwaitReadable(*exchange_)) return PyErr_Occurred() == nullptr && BreakOff();
  }
}

bool RequestBody::TakeFrame(const channel::Frame& frame) {
  switch (frame.type) {
    case channel::FrameType::kData:
      chunk_ = frame.payload;
      consume_ = true;
      return true;
    case channel::FrameType::kFile:
      file_ = exchange_->ReceiveDescriptor();
      if (!file_) return BreakOff();
      source_ = Source::kFile;
      return true;
    case channel::FrameType::kTrailers:
      return true;
    case channel::FrameType::kEnd:
      source_ = Source::kEnd;
      return false;
    default:
      return BreakOff();
  }
}

bool RequestBody::FillFromFile() {
  if (buffer_ == nullptr) buffer_ = std::make_unique<std::byte[]>(kFileBufferBytes);
  ssize_t count;
  {
    const python::ReleaseGil released(stamps_);
    count = base::RetryOnEintr([&] {
      return ::pread(file_.get(), buffer_.get(), kFileBufferBytes,
                     static_cast<off_t>(file_offset_));
    });
  }
  if (count < 0) {
    PyErr_SetFromErrno(PyExc_OSError);
    return false;
  }
  if (count == 0) source_ = Source::kEnd;
  file_offset_ += static_cast<uint64_t>(count);
  chunk_ = {buffer_.get(), static_cast<size_t>(count)};
  return count > 0 && patience_.Pause();
}

bool RequestBody::BreakOff() {
  source_ = Source::kEnd;
  PyErr_SetString(PyExc_ConnectionResetError, "the client left before the request body ended");
  return false;
}

void RequestBody::Skip(size_t count) {
  chunk_ = chunk_.subspan(count);
  if (left_) *left_ -= std::min<uint64_t>(*left_, count);
}

}  // namespace monoceros::wsgi
