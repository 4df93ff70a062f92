// SPDX-License-Identifier: Apache-2.0
// From a worker class to one that needs another template: as a reload, without the configuration.
#include "master/arbiter.h"
#include "master/template_kind.h"

namespace monoceros::master {

bool Arbiter::switching() const {
  return serving_ && !ShareTemplate(serving_->settings(), settings());
}

// What is wanted may also have come back to what serves, because a change was rolled back.
void Arbiter::KeepTemplateKind() {
  if (!serving_ || shutdown_.running()) return;
  const bool runs = reload_.running() && !reload_configured_;
  if (!switching()) {
    switch_backoff_.Succeeded();
    if (runs) reload_.Abort(now_);
  } else if (!reload_.running() && switch_backoff_.MayStart(now_)) {
    BeginSwitch();
  }
}

void Arbiter::BeginSwitch() {
  switch_backoff_.Attempted();
  reload_configured_.reset();
  log_.Info("Switching to worker class {}: its application is loaded beside the running one",
            settings().worker_class);
  reload_.Begin(settings(), ++last_generation_, serving_->generation(), now_);
}

void Arbiter::OnSwitched() {
  AdoptSettings();
  log_.Info("Using worker: {}; replacing the workers, {} at a time", settings().worker_class,
            settings().reload_surge);
  operations_.OnReload({});
}

void Arbiter::OnSwitchFailed() {
  switch_backoff_.Failed(now_);
  log_.Error("Worker class {} did not come up, the running workers stay:\n{}",
             settings().worker_class, reload_.error());
  operations_.OnReload(reload_.error());
}

}  // namespace monoceros::master
