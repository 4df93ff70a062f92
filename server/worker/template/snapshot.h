// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace monoceros::worker {

// An open descriptor of this process.
struct OpenFile {
  std::string target;  // what /proc/self/fd names, for example "socket:[123]"
  uint64_t device = 0;
  uint64_t inode = 0;
  bool writable = false;
  bool regular = false;
  std::string
      peer;  // "192.0.2.1:5432" or a path: what a socket is connected to, where it has a name
  bool operator==(const OpenFile&) const = default;
};

// What of this process does not survive a fork, or must not be shared by one.
struct Snapshot {
  std::map<pid_t, std::string> threads;   // thread id, name; without the calling thread
  std::map<int, OpenFile> files;          // by descriptor
  std::map<pid_t, std::string> children;  // pid, name; running ones only
};

// Reads /proc; what vanishes meanwhile is left out.
Snapshot TakeSnapshot();

}  // namespace monoceros::worker
