// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"

namespace monoceros::master {

// The directory of one server, in which others find it:
//
//   lock            held by flock while a master lives
//   current         symbolic link to the generation of the living master
//   gen-N/          scoreboard and sockets of one master
//   live.json       the last wanted state; kept when the server ends, but not in a directory that
//                   nobody asked for: a server started by hand begins with its command line
//
// What it made, but for that, is removed on destruction. Not for forked children: they leave
// without running destructors here.
class RunDirectory {
 public:
  // Takes `configured`, or, when that is empty, a directory named by `binds` (the addresses that
  // the server really listens on) below $XDG_RUNTIME_DIR or /run, else below /tmp with a warning.
  // The error is a sentence: not writable, or another server lives there.
  static base::Result<RunDirectory> Open(const std::string& configured, const std::string& binds,
                                         base::Logger& log);
  RunDirectory(RunDirectory&& other) noexcept = default;
  RunDirectory& operator=(RunDirectory&&) = delete;
  ~RunDirectory();

  const std::string& path() const { return path_; }
  std::string generation_path() const { return path_ + "/" + generation_; }
  // Where the application's prometheus_client writes; made by the template that needs it.
  std::string app_metrics_path() const { return generation_path() + "/app-metrics"; }
  std::string live_state_path() const { return path_ + "/live.json"; }

  // The scoreboard of this generation, formatted, mode 0640. The error says what does not fit.
  base::Result<base::Fd> CreateScoreboard(uint32_t worker_rows, uint32_t threads_per_worker) const;
  // A listening SOCK_SEQPACKET socket `name` of this generation, mode 0660.
  base::Result<base::Fd> Listen(const std::string& name) const;
  // Makes `current` point to this generation, at once: all that belongs to it is there.
  base::Result<void> Publish() const;

 private:
  RunDirectory(std::string path, bool made, bool asked, base::Fd lock);
  base::Result<void> MakeGeneration();

  std::string path_;
  bool made_ = false;   // by us: removed when it is empty
  bool asked_ = false;  // for this directory, by its name
  base::Fd lock_;       // none: moved from
  std::string generation_;
};

// A short name for these addresses, always the same: 12 hexadecimal digits.
std::string NameOfBinds(const std::string& binds);

}  // namespace monoceros::master
