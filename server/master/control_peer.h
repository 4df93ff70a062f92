// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/message_socket.h"

namespace monoceros::master {

// A message from one of our processes (docs/control_messages.md).
struct ControlMessage {
  std::string op;
  nlohmann::json fields;

  // The field as text or number, or the fallback when it is absent or of another type.
  std::string Text(const char* name) const;
  int64_t Number(const char* name, int64_t fallback) const;
};

// The master's end of the control socket of one child. The event handler only notes that there is
// something to read; the owner reads between turns, so destroying a peer there is always safe.
class ControlPeer final : public base::EventHandler {
 public:
  // `loop` outlives the peer.
  ControlPeer(base::EventLoop& loop, base::MessageSocket socket);
  ~ControlPeer();
  ControlPeer(const ControlPeer&) = delete;

  void OnEvents(uint32_t events) override;

  // Sends at once, or keeps the message (descriptors duplicated) until Flush can. Order is kept.
  // Messages to a closed peer vanish.
  void Send(const nlohmann::json& message, const std::vector<int>& fds = {});
  // Tries again to send what waits. True when nothing waits any more.
  bool Flush();

  // The next message, or nothing for now. Texts that are no message close the peer.
  std::optional<ControlMessage> Next();
  // Reads even when the loop has not reported anything yet: the last words of a child that exited.
  std::optional<ControlMessage> NextNow();
  bool closed() const { return closed_; }
  // Messages that wait for room in the socket.
  size_t waiting() const { return outbox_.size(); }
  void Close();

 private:
  struct Waiting {
    std::string json;
    std::vector<base::Fd> fds;
  };

  base::EventLoop& loop_;
  base::MessageSocket socket_;
  std::deque<Waiting> outbox_;
  bool readable_ = false;
  bool closed_ = false;
};

}  // namespace monoceros::master
