// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/self_test.h"

#include <ctime>
#include <system_error>
#include <thread>

#include "worker/gil_meter/account.h"

namespace monoceros::gil_meter {
namespace {

constexpr base::Nanoseconds kPatience = 2 * base::kNanosecondsPerSecond;
constexpr timespec kBetweenLooks{0, 200'000};

struct Contention {
  std::atomic<uint64_t> wait = 0;
  std::atomic<uint64_t> waits = 0;
  ThreadSums rival;
  ThreadSums own;

  // Until the rival has waited for one switch interval and asked for the GIL.
  void AwaitRequest() const {
    const base::Nanoseconds deadline = base::MonotonicNow() + kPatience;
    while (wait.load() == 0 && base::MonotonicNow() < deadline) {
      ::nanosleep(&kBetweenLooks, nullptr);
    }
  }
};

ThreadSums Since(const ThreadSums& before) {
  const ThreadSums now = OwnSums();
  return {now.wait - before.wait, now.waits - before.waits, now.switches - before.switches};
}

void TakeGilOnce(Contention& contention) {
  const ThreadSums before = OwnSums();
  const PyGILState_STATE state = PyGILState_Ensure();
  contention.rival = Since(before);
  PyGILState_Release(state);
}

void Contend(Contention& contention) {
  const TellProcess tell({&contention.wait, &contention.waits, nullptr, nullptr});
  const ThreadSums before = OwnSums();
  std::thread rival(TakeGilOnce, std::ref(contention));
  contention.AwaitRequest();
  PyThreadState* const state = PyEval_SaveThread();
  contention.own = Since(before);
  rival.join();
  PyEval_RestoreThread(state);
}

}  // namespace

std::string SelfTest() {
  Contention contention;
  try {
    Contend(contention);
  } catch (const std::system_error& error) {
    return std::string("no thread can be started: ") + error.what();
  }
  if (contention.rival.waits != 1 || contention.waits.load() != 1) {
    return "a wait for the GIL was not counted once";
  }
  if (contention.rival.wait <= 0) return "a wait for the GIL took no time";
  // The rival may have taken the GIL before the caller came to wait for that.
  return contention.own.switches <= 1 ? "" : "a forced switch of the GIL was counted twice";
}

}  // namespace monoceros::gil_meter
