// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace monoceros::base {

// One control message: JSON text and the descriptors that travel with it (at most 16).
struct Message {
  std::string json;  // at most kMaxMessageBytes
  std::vector<Fd> fds;
};

inline constexpr size_t kMaxMessageBytes = 96 * 1024;

enum class ReceiveStatus { kMessage, kEmpty, kClosed };

// One end of a SOCK_SEQPACKET pair that carries control messages between our processes. The peer
// is another of our processes, possibly a broken one: a message that does not fit is dropped and
// reads as kClosed.
class MessageSocket {
 public:
  MessageSocket() = default;
  explicit MessageSocket(Fd fd) : fd_(std::move(fd)) {}

  // A connected pair, close-on-exec, non-blocking. Throws SystemError.
  static std::pair<MessageSocket, MessageSocket> Pair();

  // False when the peer is gone or does not read (its queue is full). Never blocks.
  bool Send(const std::string& json, const std::vector<int>& fds = {});
  // Never blocks.
  ReceiveStatus Receive(Message& message);
  // Waits at most `milliseconds` (-1: no limit) for a message. kEmpty on time-out.
  ReceiveStatus ReceiveWithin(Message& message, int milliseconds);

  int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  void Close() { fd_.Close(); }
  Fd TakeFd() { return std::move(fd_); }

 private:
  Fd fd_;
};

}  // namespace monoceros::base
