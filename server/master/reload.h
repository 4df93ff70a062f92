// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "master/template_keeper.h"
#include "master/worker_pool.h"

namespace monoceros::master {

// One reload at a time: a new template is started beside the old one and must bring one worker to
// readiness. Until then nothing of the running generation changes; afterwards the arbiter makes the
// new template the one that serves. States: idle, importing, on trial.
class Reload {
 public:
  enum class Outcome { kNone, kSucceeded, kFailed };

  Reload(const MasterContext& context, WorkerPool& pool) : context_(context), pool_(pool) {}

  // Starts one for `generation`; one that runs already is given up. `serving` is the generation
  // that serves now.
  void Begin(config::Settings settings, uint32_t generation, uint32_t serving,
             base::Nanoseconds now);
  // Follows it; call in every turn. kSucceeded and kFailed are returned once.
  Outcome Keep(base::Nanoseconds now);
  // A worker of this reload did not become ready. False when it is another generation's.
  bool OnBootFailure(const BootFailure& failure);
  bool OnExit(pid_t pid, int wait_status, base::Nanoseconds now);
  // Gives up, without an outcome.
  void Abort(base::Nanoseconds now);

  bool running() const { return candidate_ != nullptr; }
  // After kSucceeded: the template that serves from now on.
  std::unique_ptr<TemplateKeeper> TakeTemplate() { return std::move(succeeded_); }
  // After kFailed: why.
  const std::string& error() const { return error_; }
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  Outcome Fail(const std::string& error, base::Nanoseconds now);

  MasterContext context_;
  WorkerPool& pool_;
  std::unique_ptr<TemplateKeeper> candidate_;
  std::unique_ptr<TemplateKeeper> succeeded_;
  std::optional<std::string> trial_error_;
  std::string error_;
  uint32_t serving_ = 0;
  bool trial_started_ = false;
};

}  // namespace monoceros::master
