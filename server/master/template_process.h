// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/result.h"
#include "config/settings.h"
#include "master/control_peer.h"
#include "master/process_spawner.h"

namespace monoceros::master {

// What the template answered to one fork order.
struct ForkReport {
  uint32_t incarnation = 0;
  pid_t pid = -1;  // -1: the fork failed
  std::string error;
  bool withdrawn = false;  // nobody wants the worker any more: nothing failed
};

// Where a template's interpreter and package come from.
struct TemplateProgram {
  std::string python;        // path of the interpreter
  std::string package_root;  // directory that holds the package `monoceros`
};

// Finds both for these settings and this process's environment. The error says what is missing.
base::Result<TemplateProgram> FindTemplateProgram(const config::Settings& settings);

// One template process (docs/control_messages.md): the application's interpreter, from which
// workers are forked. Destroying it closes its socket, upon which it leaves; its exit is the
// owner's to await.
class TemplateProcess {
 public:
  enum class State {
    kStarting,  // importing, or starting its interpreter
    kReady,     // forks may be ordered
    kFailed,    // the application did not import: see error()
    kGone,      // its socket closed
  };

  // Starts the process and sends `start`. The error says why it cannot run.
  static base::Result<std::unique_ptr<TemplateProcess>> Start(
      base::EventLoop& loop, const ProcessSpawner& spawner, const TemplateProgram& program,
      const config::Settings& settings, uint32_t generation,
      const std::string& app_metrics_path = "");

  // Follows its messages; call after every turn of the loop.
  void ReadMessages();
  // Its exit was reaped: what it said last is read, then the state is kGone (or kFailed).
  void OnExit();
  // Gives it one order; `message` and descriptors as docs/control_messages.md says.
  void Order(const nlohmann::json& message, const std::vector<int>& fds);
  bool Flush() { return peer_.Flush(); }

  State state() const { return state_; }
  pid_t pid() const { return pid_; }
  const std::string& error() const { return error_; }
  bool preloaded() const { return preloaded_; }
  const std::vector<std::string>& hazards() const { return hazards_; }
  std::vector<ForkReport> TakeForkReports() { return std::exchange(reports_, {}); }

 private:
  TemplateProcess(base::EventLoop& loop, base::MessageSocket socket, pid_t pid)
      : peer_(loop, std::move(socket)), pid_(pid) {}
  void Handle(const ControlMessage& message);
  void HandleReady(const ControlMessage& message);

  ControlPeer peer_;
  pid_t pid_;
  State state_ = State::kStarting;
  bool preloaded_ = false;
  std::string error_;
  std::vector<std::string> hazards_;
  std::vector<ForkReport> reports_;
};

// The `start` message for these settings.
nlohmann::json StartMessage(const config::Settings& settings, uint32_t generation,
                            const std::string& app_metrics_path = "");

}  // namespace monoceros::master
