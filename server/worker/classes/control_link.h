// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/message_socket.h"
#include "channel/channel.h"

namespace monoceros::worker {

// What the master wants of a worker.
struct Wish {
  enum class Kind {
    kDrain,    // end what does not end by itself: stop comes when all has ended
    kStop,     // leave after the exchanges that still run
    kAttach,   // serve `channel` from now on
    kThreads,  // serve with `threads` threads
    kOrphan,   // the socket closed: nobody waits for us
  };
  Kind kind;
  std::optional<channel::WorkerFds> channel = std::nullopt;
  uint32_t threads = 0;
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
  // So many threads serve.
  void SendThreads(uint32_t count);

  int fd() const { return socket_.fd(); }

 private:
  base::MessageSocket socket_;
};

}  // namespace monoceros::worker
