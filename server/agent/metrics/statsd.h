// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "scoreboard/snapshot.h"

namespace monoceros::agent {

class StatsdTarget;

struct StatsdOptions {
  std::string address;  // the setting statsd_host: HOST:PORT or unix:PATH
  std::string prefix;   // put before each name, with a dot between
  std::string tags;     // DogStatsD tags, separated by commas
  bool backlog = false;
};

// Sends what changed in the pool to a StatsD server, under Gunicorn's names. Never blocks: a name
// is looked up by a thread of its own, and what the socket does not take is lost and counted. One
// thread.
class Statsd {
 public:
  explicit Statsd(StatsdOptions options);
  ~Statsd();

  // Sends the difference to the snapshot of the last call; call it once a second. The first call
  // sends only what is so now.
  void Send(const scoreboard::Snapshot& now);
  // Datagrams that were not sent.
  uint64_t failures() const { return failures_; }

 private:
  StatsdOptions options_;
  std::unique_ptr<StatsdTarget> target_;
  std::optional<scoreboard::Snapshot> last_;
  uint64_t failures_ = 0;
};

}  // namespace monoceros::agent
