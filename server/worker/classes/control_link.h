// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/message_socket.h"
#include "channel/channel.h"

namespace monoceros::worker {

// What the master wants of a worker.
struct Wish {
  enum class Kind {
    kStop,    // leave after the exchanges that still run
    kAttach,  // serve `channel` from now on
    kOrphan,  // the socket closed: nobody waits for us
  };
  Kind kind;
  std::optional<channel::WorkerFds> channel;
};

// The worker's end of its socket to the master. Sending is thread-safe.
class ControlLink {
 public:
  explicit ControlLink(base::Fd socket) : socket_(std::move(socket)) {}

  // The next wish, or nothing for now. Never blocks.
  std::optional<Wish> Next();

  void SendReady();
  void SendFailed(const std::string& error);
  void SendRetire(const char* reason);

  int fd() const { return socket_.fd(); }

 private:
  base::MessageSocket socket_;
};

}  // namespace monoceros::worker
