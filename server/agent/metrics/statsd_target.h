// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/fd.h"

namespace monoceros::agent {

// The socket to a StatsD server at "HOST:PORT" or "unix:PATH". Opened when it is needed, and again
// after a failure, at most once in kRetry. A host name is looked up by a thread of its own, because
// that may take seconds; until then nothing can be sent. One thread otherwise.
class StatsdTarget {
 public:
  static constexpr base::Nanoseconds kRetry = 5 * base::kNanosecondsPerSecond;

  explicit StatsdTarget(std::string address);
  ~StatsdTarget();

  // False: the datagram is lost. Never blocks.
  bool Send(const std::string& datagram);

 private:
  struct Lookup;
  // Whether there is a socket.
  bool Open();
  void StartLookup();

  const std::string address_;
  base::Fd socket_;
  base::Nanoseconds tried_at_ = 0;  // 0: never
  std::shared_ptr<Lookup> lookup_;
};

}  // namespace monoceros::agent
