// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/settings.h"

namespace monoceros::master {

// A change of the wanted state: what is absent stays as it is.
struct LiveChange {
  std::optional<std::string> workers;  // texts as in a file, so that config's own rules judge them
  std::optional<std::string> threads;
  std::optional<std::string> worker_class;
  std::map<std::string, std::string> settings;  // live ones, by name
  bool empty() const { return !workers && !threads && !worker_class && settings.empty(); }
};

// What lies over the configuration, and who put it there.
struct LiveValues {
  std::map<std::string, std::string> values;  // setting name, text
  uint64_t revision = 0;                      // 0: nothing was ever changed while running
  bool from_operator = false;
};

// The settings that a running server can change: those of the table with `live`, and the three of
// the pool.
bool IsLive(const std::string& setting);

// The wanted state: the configuration with the live values over it. Pure but for Load and Save.
class LiveState {
 public:
  // `configured` is what the configuration says.
  explicit LiveState(config::Settings configured);

  // The settings that hold.
  const config::Settings& settings() const { return settings_; }
  const LiveValues& values() const { return values_; }

  // What would hold after `change`; nothing is changed. The error is config's own. A change of
  // `threads` alone never makes gthread sync; class sync alone means one thread.
  struct Outcome {
    config::Settings settings;
    LiveValues values;
  };
  base::Result<Outcome> Try(const LiveChange& change, uint64_t revision, bool from_operator) const;
  // The same when `change` replaces all live values, so that those it leaves out are dropped.
  base::Result<Outcome> TryInstead(const LiveChange& change, uint64_t revision,
                                   bool from_operator) const;
  void Adopt(Outcome outcome);
  // Takes changes back: `values` held before under the same configuration or an older one.
  void Restore(const LiveValues& values);

  // A signal: `count` workers, until the configuration is read again or for as long as live values
  // hold.
  void SetWorkers(int count);

  // New settings from the configuration, under the same live values; without a revision the live
  // values are dropped. The error: they do not fit together.
  base::Result<config::Settings> Reconfigured(const config::Settings& configured) const;
  base::Result<void> Reconfigure(const config::Settings& configured);

  // Reads and writes live.json. A file that is not there is no error. Save replaces it at once.
  base::Result<void> Load(const std::string& path);
  base::Result<void> Save(const std::string& path) const;

 private:
  base::Result<config::Settings> Merge(const config::Settings& configured,
                                       const LiveValues& values) const;
  base::Result<Outcome> Resolve(const LiveChange& change, LiveValues values) const;

  config::Settings configured_;
  LiveValues values_;
  config::Settings settings_;
};

// The change that an `apply` order describes. The error names the field.
base::Result<LiveChange> ParseChange(const nlohmann::json& fields);

}  // namespace monoceros::master
