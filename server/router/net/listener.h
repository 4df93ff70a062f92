// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/event_loop.h"
#include "base/fd.h"
#include "router/net/connection_table.h"

namespace monoceros::router {

// Accepts connections from one listening socket. When descriptors run out it pauses instead of
// spinning; connections wait in the backlog meanwhile. One thread.
class Listener final : public base::EventHandler {
 public:
  Listener(Context& context, ConnectionTable& connections, base::Fd socket);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void OnEvents(uint32_t events) override;
  // Accepts again after a pause; cheap when there was none.
  void Resume();
  bool paused() const { return paused_; }
  int fd() const { return socket_.get(); }  // -1: closed
  // Accepts all that waits in the backlog, then closes.
  void AcceptRest();

 private:
  enum class Accepted { kOne, kNone, kExhausted };

  Accepted AcceptOne();
  void Pause();

  Context& context_;
  ConnectionTable& connections_;
  base::Fd socket_;
  int family_;
  std::string path_;  // of a Unix socket
  bool paused_ = false;
};

}  // namespace monoceros::router
