// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "config/bind_address.h"

namespace monoceros::master {

// One listening socket: non-blocking, close-on-exec. The file of a Unix socket that we made is
// removed on destruction, unless somebody has put another in its place.
class Listener {
 public:
  // Binds and listens once. An address in use fails with `in_use` set. The error is a sentence that
  // names the address. A stale Unix socket (nobody listens on it) is removed first.
  static base::Result<Listener> Open(const config::BindAddress& address, int backlog, bool& in_use);

  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }
  base::Fd Take() { return std::move(fd_); }
  // What to show people: "http://127.0.0.1:8000" with the port that the kernel chose, or
  // "unix:/run/app.sock".
  std::string ToText() const;

 private:
  Listener() = default;
  void RememberFile(const std::string& path);

  base::Fd fd_;
  std::string path_;  // of the Unix socket we made; empty: none
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// All listening sockets of the server.
class Listeners {
 public:
  // Opens every address; one in use is tried five times, with `pause` (one second) between. The
  // error is the first one's.
  static base::Result<Listeners> Open(const std::vector<config::BindAddress>& addresses,
                                      int backlog, base::Logger& log,
                                      const std::function<void()>& pause);

  std::vector<int> descriptors() const;
  // "http://127.0.0.1:8000, unix:/run/app.sock"
  std::string ToText() const;
  // Gives the sockets away; for the forked router, which leaves without running destructors here.
  std::vector<base::Fd> TakeAll();
  // Closes all and removes the files of Unix sockets.
  void Close() { listeners_.clear(); }

 private:
  std::vector<Listener> listeners_;
};

// The sockets that a service manager passed by the LISTEN_PID, LISTEN_FDS convention
// (sd_listen_fds(3)); none when they are meant for another process. The variables are removed from
// the environment, so that no child takes them for its own, and the descriptors made close-on-exec.
std::vector<config::BindAddress> TakeServiceManagerSockets();

}  // namespace monoceros::master
