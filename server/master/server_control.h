// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/settings.h"
#include "master/worker_pool.h"

namespace monoceros::master {

// What orders may do to the server; the arbiter implements it.
class ServerControl {
 public:
  // Whether this server can hold so much; the error is a sentence that names the setting.
  virtual base::Result<void> Fits(const config::Settings& settings) const = 0;
  // From now on these settings hold; the pool converges to them.
  virtual void AdoptSettings() = 0;
  // Towards the settings that hold; nothing while no generation serves.
  virtual PoolProgress Progress() const = 0;
  virtual WorkerPool& pool() = 0;
  virtual bool reloading() const = 0;
  // The settings that hold need another template than the one that serves: it is started, and
  // Operations::OnReload is told whether it proved itself. Until then nothing changes.
  virtual bool switching() const = 0;
  virtual bool ending() const = 0;
  // Reads the configuration again and imports the application anew. The error is a sentence.
  virtual base::Result<void> BeginReload() = 0;
  // Brings the scoreboard up to date, so that nobody who hears of a change finds the old state
  // there.
  virtual void Publish() = 0;
  // Ends the server, within `graceful` seconds or graceful_timeout.
  virtual void Drain(std::optional<double> graceful) = 0;

 protected:
  ~ServerControl() = default;
};

}  // namespace monoceros::master
