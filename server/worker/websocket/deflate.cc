// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/deflate.h"

#include <algorithm>
#include <new>
#include <utility>

namespace monoceros::websocket {
namespace {

// Of zlib's 1 to 9: takes 2^(level + 9) bytes.
constexpr int kMemoryLevel = 5;
// Most messages are short: speed before size.
constexpr int kCompression = 3;
// What a flush ends with, and what is not sent (RFC 7692 section 7.2.1).
constexpr std::string_view kFlushMark("\0\0\xff\xff", 4);
constexpr size_t kStep = 16 * 1024;  // bytes

Bytef* BytesOf(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

void Deflater::Free::operator()(z_stream* stream) const {
  ::deflateEnd(stream);
  delete stream;
}

void Deflater::Append(std::string_view message, std::string& out) {
  // zlib writes nothing for a flush that follows another one (RFC 7692 section 7.2.3.6).
  if (message.empty()) return out.push_back('\0');
  if (!stream_) {
    auto stream = std::make_unique<z_stream>();
    if (::deflateInit2(stream.get(), kCompression, Z_DEFLATED, -window_bits_, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
    stream_.reset(stream.release());
  }
  stream_->next_in = BytesOf(message);
  stream_->avail_in = static_cast<uInt>(message.size());
  do {
    const size_t before = out.size();
    out.resize(before + std::clamp<size_t>(message.size(), 64, kStep));
    stream_->next_out = BytesOf(out) + before;
    stream_->avail_out = static_cast<uInt>(out.size() - before);
    ::deflate(stream_.get(), Z_SYNC_FLUSH);
    out.resize(out.size() - stream_->avail_out);
  } while (stream_->avail_out == 0);
  out.resize(out.size() - kFlushMark.size());
  if (!takes_over_) ::deflateReset(stream_.get());
}

void Inflater::Free::operator()(z_stream* stream) const {
  ::inflateEnd(stream);
  delete stream;
}

Inflater::Status Inflater::Append(std::string_view piece, size_t limit, std::string& out) {
  if (!stream_) {
    auto stream = std::make_unique<z_stream>();
    if (::inflateInit2(stream.get(), -window_bits_) != Z_OK) throw std::bad_alloc();
    stream_.reset(stream.release());
  }
  stream_->next_in = BytesOf(piece);
  stream_->avail_in = static_cast<uInt>(piece.size());
  int result = Z_OK;
  do {
    // A final block may be followed by further ones (RFC 7692 section 7.2.3.5): a new stream.
    if (std::exchange(finished_, false)) ::inflateReset(stream_.get());
    const size_t before = out.size();
    const size_t room =
        std::min(std::clamp<size_t>(piece.size() * 4, 256, kStep), limit - before) + 1;
    out.resize(before + room);
    stream_->next_out = BytesOf(out) + before;
    stream_->avail_out = static_cast<uInt>(room);
    result = ::inflate(stream_.get(), Z_SYNC_FLUSH);
    out.resize(out.size() - stream_->avail_out);
    if (out.size() > limit) return Status::kTooBig;
    finished_ = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return Status::kBroken;
  } while (stream_->avail_in > 0 || stream_->avail_out == 0);
  return Status::kGood;
}

Inflater::Status Inflater::End(size_t limit, std::string& out) {
  const Status status = Append(kFlushMark, limit, out);
  if (!takes_over_ && stream_) ::inflateReset(stream_.get());
  return status;
}

}  // namespace monoceros::websocket
