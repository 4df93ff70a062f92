// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "base/fd.h"

namespace monoceros::channel {

// The SOCK_SEQPACKET socket beside the shared memory: each message is a tag (sequence << 16 | slot)
// and one descriptor. What arrives for another exchange than the one asked for is kept until that
// one asks or is forgotten. Thread-safe.
class Descriptors {
 public:
  // Most descriptors kept; a peer that sends more breaks the protocol.
  static constexpr size_t kMaxKept = 1024;

  // `is_stale` says of a tag that its exchange is over; it is called by any thread, locked.
  Descriptors(base::Fd socket, std::function<bool(uint64_t)> is_stale)
      : socket_(std::move(socket)), is_stale_(std::move(is_stale)) {}

  enum class SendStatus { kSent, kFull, kGone };
  // Never blocks; the kernel duplicates `fd`.
  SendStatus Send(uint64_t tag, int fd);
  // Waits until Send may work again or `milliseconds` are over.
  void WaitSendable(int milliseconds);

  // The oldest descriptor sent with `tag`; empty when there is none. Never blocks.
  base::Fd Receive(uint64_t tag);
  // Closes what was kept for `tag`.
  void Forget(uint64_t tag);

 private:
  base::Fd TakeKept(uint64_t tag);
  void Keep(uint64_t tag, base::Fd fd);
  void DropStale();

  base::Fd socket_;
  std::function<bool(uint64_t)> is_stale_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::deque<base::Fd>> kept_;
  size_t kept_count_ = 0;
};

}  // namespace monoceros::channel
