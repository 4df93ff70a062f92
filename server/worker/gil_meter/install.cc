// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/install.h"

#include "worker/gil_meter/account.h"
#include "worker/gil_meter/loaded_objects.h"
#include "worker/gil_meter/self_test.h"
#include "worker/gil_meter/slot_patch.h"

namespace monoceros::gil_meter {
namespace {

using scoreboard::GilMeterState;

#ifndef Py_GIL_DISABLED
template <typename Function>
uintptr_t AddressOf(Function* function) {
  return reinterpret_cast<uintptr_t>(function);
}

bool Patch(const LoadedObject& object, SlotPatch& patch) {
  const auto timed_wait = reinterpret_cast<const void*>(&AccountTimedWait);
  const auto wait = reinterpret_cast<const void*>(&AccountWait);
  return patch.Replace(object, "pthread_cond_timedwait", timed_wait) &&
         patch.Replace(object, "pthread_cond_wait", wait);
}

std::string PatchInterpreter(SlotPatch& patch) {
  bool patched = false;
  const bool found =
      VisitObjectOf(AddressOf(&PyEval_RestoreThread),
                    [&](const LoadedObject& object) { patched = Patch(object, patch); });
  if (!found) return "the interpreter's code was not found";
  return patched ? "" : "the interpreter's calls of pthread_cond_timedwait cannot be replaced";
}
#endif

}  // namespace

Installed Install() {
#ifdef Py_GIL_DISABLED
  return {GilMeterState::kNotApplicable, {}};
#else
  SlotPatch patch;
  std::string reason = PatchInterpreter(patch);
  if (reason.empty()) reason = SelfTest();
  if (!reason.empty()) return {GilMeterState::kUnavailable, std::move(reason)};
  patch.Keep();
  return {GilMeterState::kMeasured, {}};
#endif
}

}  // namespace monoceros::gil_meter
