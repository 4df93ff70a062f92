// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "router/master_link.h"

namespace monoceros::router {

// What the master has to hear of exchanges that passed request_timeout: gathered and sent together,
// so that a thousand at once do not fill the socket that other messages need. One thread.
class TimeoutReports {
 public:
  void Add(const RunningExchange& exchange) { over_.push_back(exchange); }
  void AddEnded(uint64_t incarnation, uint64_t exchange) {
    ended_.push_back({incarnation, exchange});
  }
  // Sends one message, when there is anything to say; what does not fit waits for the next call.
  // Once per turn.
  void Send(MasterLink& master);

 private:
  std::vector<RunningExchange> over_;
  std::vector<EndedExchange> ended_;
};

}  // namespace monoceros::router
