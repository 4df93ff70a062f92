// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ctl/failure.h"
#include "ctl/options.h"

namespace monoceros::control::v1 {
class ApplyEvent;
class ApplyRequest;
class ApplyResponse;
class Config;
class DumpStacksRequest;
class RestartWorkerRequest;
class ServerInfo;
class Stacks;
class Status;
}  // namespace monoceros::control::v1

namespace monoceros::ctl {

namespace v1 = control::v1;

// Calls of the control plane (control.proto). Each blocks until its answer, the time limit of the
// options, or a failure, which is a sentence for people. Thread-safe.
class Client {
 public:
  // Reads token and certificates; connects with the first call.
  static Reply<std::unique_ptr<Client>> Open(const Options& options, const std::string& address);
  ~Client();

  // Ends every call that runs, and those to come, at once. A change that was begun goes on.
  void Cancel();

  Reply<v1::ServerInfo> Info();
  Reply<v1::Status> Status(bool detail);
  // Calls `show` with each status until it returns false.
  Reply<void> Watch(double interval, bool detail, const std::function<bool(v1::Status&)>& show);
  Reply<v1::Config> Config();
  Reply<v1::Stacks> Stacks(const v1::DumpStacksRequest& request);

  // Changes: `follow` hears of each step.
  using Follow = std::function<void(const v1::ApplyEvent&)>;
  Reply<v1::ApplyResponse> Apply(const v1::ApplyRequest& request, const Follow& follow);
  Reply<v1::ApplyResponse> Reload(const std::string& override_for, const Follow& follow);
  Reply<v1::ApplyResponse> Restart(uint32_t slot, const std::string& override_for,
                                   const Follow& follow);
  Reply<v1::ApplyResponse> Drain(std::optional<double> graceful, const std::string& override_for,
                                 const Follow& follow);

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::ctl
