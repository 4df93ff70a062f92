// SPDX-License-Identifier: Apache-2.0
#include "worker/loop_wait/wait_hook.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <string>
#include <thread>

#include "base/fd.h"

namespace monoceros::loop_wait {
namespace {

struct Journal final : Observer {
  void OnSleep() override { text += "s"; }
  void OnWake() override { text += "w"; }
  std::string text;
};

using Wait = int (*)(int, epoll_event*, int);

// Of an object of its own: the hook's own calls must not lead back to it.
Wait LoadWait() {
  void* const module = ::dlopen(MONOCEROS_TEST_WAIT_MODULE, RTLD_NOW);
  return module == nullptr ? nullptr : reinterpret_cast<Wait>(::dlsym(module, "WaitOnEpoll"));
}

base::Fd MakeEpoll() { return base::Fd(::epoll_create1(EPOLL_CLOEXEC)); }

class WaitHook : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(wait_, nullptr);
    ASSERT_TRUE(Install(reinterpret_cast<uintptr_t>(wait_)));
  }

  int WaitOn(const base::Fd& epoll, int most = 1) {
    epoll_event event;
    return wait_(epoll.get(), &event, most);
  }

  const Wait wait_ = LoadWait();
  const base::Fd epoll_ = MakeEpoll();
  Journal journal_;
};

TEST_F(WaitHook, tells_before_and_after_each_wait) {
  const Observe observe(journal_);
  EXPECT_EQ(WaitOn(epoll_), 0);
  EXPECT_EQ(WaitOn(epoll_), 0);
  EXPECT_EQ(journal_.text, "swsw");
}

TEST_F(WaitHook, passes_on_what_the_wait_gave) {
  const Observe observe(journal_);
  const base::Fd bell(::eventfd(1, EFD_CLOEXEC));
  epoll_event wanted{.events = EPOLLIN, .data = {}};
  ASSERT_EQ(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell.get(), &wanted), 0);
  EXPECT_EQ(WaitOn(epoll_), 1);
  errno = 0;
  EXPECT_EQ(WaitOn(epoll_, 0), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(WaitHook, tells_of_one_epoll_descriptor_only) {
  const Observe observe(journal_);
  const base::Fd other = MakeEpoll();
  WaitOn(epoll_);
  WaitOn(other);
  EXPECT_EQ(journal_.text, "sw");
}

TEST_F(WaitHook, tells_of_one_thread_only) {
  const Observe observe(journal_);
  std::thread([this] { WaitOn(epoll_); }).join();
  EXPECT_EQ(journal_.text, "");
}

TEST_F(WaitHook, tells_nothing_once_nobody_observes) {
  {
    const Observe observe(journal_);
  }
  WaitOn(epoll_);
  EXPECT_EQ(journal_.text, "");
}

TEST(WaitHookInstall, says_when_there_is_no_such_object) { EXPECT_FALSE(Install(0)); }

}  // namespace
}  // namespace monoceros::loop_wait
