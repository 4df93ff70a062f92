// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/result.h"
#include "master/template_keeper.h"

namespace monoceros::master {

// A program that writes an answer to its standard output and leaves. Never waited for: what it
// writes is collected between turns, and it is killed when its time is up or it writes too much.
class HelperProcess final : public base::EventHandler {
 public:
  struct Limits {
    base::Nanoseconds deadline = 0;
    size_t bytes = 0;
  };

  // `command[0]` is a path; `kept_fds` keep their numbers. `context` outlives it.
  static base::Result<std::unique_ptr<HelperProcess>> Run(const MasterContext& context,
                                                          const std::vector<std::string>& command,
                                                          const std::vector<int>& kept_fds,
                                                          const Limits& limits);
  ~HelperProcess();
  HelperProcess(const HelperProcess&) = delete;

  void OnEvents(uint32_t events) override;
  // Reads what there is and judges the limits; call in every turn.
  void Keep(base::Nanoseconds now);

  bool finished() const { return !pipe_; }
  bool timed_out() const { return timed_out_; }
  const std::string& output() const { return output_; }
  base::Nanoseconds deadline() const { return limits_.deadline; }

 private:
  HelperProcess(const MasterContext& context, pid_t pid, base::Fd pipe, const Limits& limits);
  void Collect();
  void Close();

  MasterContext context_;
  pid_t pid_;
  base::Fd pipe_;
  Limits limits_;
  std::string output_;
  bool readable_ = false;
  bool timed_out_ = false;
};

}  // namespace monoceros::master
