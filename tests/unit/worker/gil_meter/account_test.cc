// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/account.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace monoceros::gil_meter {
namespace {

// The order of the fields is that of CPython's struct _gil_runtime_state.
struct Gil {
  std::atomic<int> locked = 1;
  unsigned long switch_number = 0;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
};

// One piece of an acquisition, `milliseconds` long.
void WaitFor(Gil& gil, int milliseconds) {
  timespec until;
  ::clock_gettime(CLOCK_REALTIME, &until);
  const int64_t nanoseconds = until.tv_nsec + milliseconds * base::kNanosecondsPerMillisecond;
  until.tv_sec += nanoseconds / base::kNanosecondsPerSecond;
  until.tv_nsec = nanoseconds % base::kNanosecondsPerSecond;
  ::pthread_mutex_lock(&gil.mutex);
  EXPECT_EQ(AccountTimedWait(&gil.condition, &gil.mutex, &until), ETIMEDOUT);
  ::pthread_mutex_unlock(&gil.mutex);
}

class Account : public ::testing::Test {
 protected:
  ThreadSums Counted() const {
    const ThreadSums now = OwnSums();
    return {now.wait - before_.wait, now.waits - before_.waits, now.switches - before_.switches};
  }
  ProcessGauge process() { return {&wait_, &waits_, &acquired_at_, &canary_}; }
  ThreadGauge thread() { return {&since_, &stamp_, &canary_}; }

  Gil gil_;
  base::ForkCanary canary_;
  std::atomic<uint64_t> wait_ = 0, waits_ = 0;
  std::atomic<int64_t> acquired_at_ = 0, since_ = 0, stamp_ = 0;
  const ThreadSums before_ = OwnSums();
};

TEST_F(Account, an_acquisition_in_pieces_counts_once) {
  WaitFor(gil_, 3);
  WaitFor(gil_, 3);
  EXPECT_EQ(Counted().waits, 0U);
  EXPECT_GE(Counted().wait, 6 * base::kNanosecondsPerMillisecond);
  gil_.locked = 0;
  WaitFor(gil_, 1);
  EXPECT_EQ(Counted().waits, 1U);
  EXPECT_EQ(Counted().switches, 0U);
}

TEST_F(Account, a_wait_takes_as_long_as_it_takes) {
  const base::Nanoseconds begin = base::MonotonicNow();
  WaitFor(gil_, 20);
  const base::Nanoseconds took = base::MonotonicNow() - begin;
  EXPECT_LE(Counted().wait, took);
  EXPECT_GE(Counted().wait, took - base::kNanosecondsPerMillisecond);
}

TEST_F(Account, a_forced_switch_adds_its_time_and_no_acquisition) {
  ::pthread_mutex_lock(&gil_.mutex);
  std::thread other([this] {
    ::pthread_mutex_lock(&gil_.mutex);
    gil_.switch_number = 1;
    ::pthread_cond_signal(&gil_.condition);
    ::pthread_mutex_unlock(&gil_.mutex);
  });
  AccountWait(&gil_.condition, &gil_.mutex);
  ::pthread_mutex_unlock(&gil_.mutex);
  other.join();
  EXPECT_EQ(gil_.switch_number, 1U);
  EXPECT_EQ(Counted().switches, 1U);
  EXPECT_EQ(Counted().waits, 0U);
  EXPECT_GT(Counted().wait, 0);
}

TEST_F(Account, waits_on_anything_else_are_passed_on_uncounted) {
  pthread_mutex_t elsewhere = PTHREAD_MUTEX_INITIALIZER;
  const timespec past = {1, 0};
  ::pthread_mutex_lock(&elsewhere);
  EXPECT_EQ(AccountTimedWait(&gil_.condition, &elsewhere, &past), ETIMEDOUT);
  ::pthread_mutex_unlock(&elsewhere);
  EXPECT_EQ(Counted().wait, 0);
}

TEST_F(Account, the_process_is_told_of_every_piece) {
  {
    const TellProcess tell(process());
    WaitFor(gil_, 2);
    EXPECT_GE(wait_, 2U * base::kNanosecondsPerMillisecond);
    EXPECT_EQ(waits_, 0U);
    EXPECT_EQ(acquired_at_, 0);
    gil_.locked = 0;
    std::thread([this] { WaitFor(gil_, 1); }).join();
  }
  EXPECT_EQ(waits_, 1U);
  EXPECT_LE(acquired_at_, base::MonotonicNow());
  EXPECT_GT(acquired_at_, 0);
  const uint64_t told = wait_;
  WaitFor(gil_, 1);
  EXPECT_EQ(wait_, told);
}

TEST_F(Account, a_thread_shows_since_when_it_waits) {
  const TellThread tell(thread());
  const base::Nanoseconds begin = base::MonotonicNow();
  WaitFor(gil_, 1);
  const base::Nanoseconds since = since_;
  EXPECT_GE(since, begin);
  EXPECT_EQ(stamp_, since);
  WaitFor(gil_, 1);
  EXPECT_EQ(since_, since);
  gil_.locked = 0;
  WaitFor(gil_, 1);
  EXPECT_EQ(since_, 0);
  EXPECT_EQ(stamp_, 0);
}

TEST_F(Account, an_older_stamp_of_the_same_wait_stays) {
  const TellThread tell(thread());
  stamp_ = 5;
  WaitFor(gil_, 1);
  EXPECT_EQ(stamp_, 5);
  EXPECT_NE(since_, 5);
}

TEST_F(Account, a_forked_child_tells_nothing) {
  const auto canary = std::make_unique<base::ForkCanary>();
  std::atomic<uint64_t>* const nowhere = nullptr;  // as a mapping that a child does not have
  std::atomic<int64_t>* const none = nullptr;
  const TellProcess process({nowhere, nowhere, none, canary.get()});
  const TellThread thread({none, none, canary.get()});
  const pid_t child = ::fork();
  if (child == 0) {
    WaitFor(gil_, 1);
    ::_exit(OwnSums().wait > before_.wait ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace monoceros::gil_meter
