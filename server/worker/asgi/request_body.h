// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/fd.h"
#include "channel/heads.h"
#include "channel/worker_end.h"
#include "worker/python/gil.h"
#include "worker/python/ref.h"

namespace monoceros::asgi {

// The bytes of one request's body in the pieces in which the application takes them: from frames of
// the channel, whose credit it gives back, or from a spool file. Never waits. Needs the GIL.
class RequestBody {
 public:
  enum class Status {
    kPiece,    // ended() says whether it is the last; it may be empty then
    kNothing,  // for now
    kBroken,   // the client left, or the spool file cannot be read
    kFailed,   // an exception is pending
  };

  explicit RequestBody(const python::GilStamps& stamps) : stamps_(stamps) {}

  void Begin(const channel::RequestHead& head);
  // The client's bytes after the head of a tunnel, until it ends them.
  void BeginTunnel() {
    ended_ = false;
    left_.reset();
  }
  // The next bytes. Not after ended().
  Status Next(channel::Exchange& exchange, python::Ref& piece);
  bool ended() const { return ended_; }

 private:
  enum class Gathered { kGoOn, kFile, kBroken };

  Gathered Gather(channel::Exchange& exchange);
  Status JoinPieces(channel::Exchange& exchange, python::Ref& piece);
  Status NextOfFile(python::Ref& piece);
  void Count(uint64_t bytes);

  const python::GilStamps& stamps_;
  std::optional<uint64_t> left_;  // bytes until the end, where declared
  bool ended_ = true;
  base::Fd file_;
  uint64_t file_offset_ = 0;  // bytes
  std::vector<std::span<const std::byte>> pieces_;
  size_t gathered_ = 0;  // bytes in pieces_
};

}  // namespace monoceros::asgi
