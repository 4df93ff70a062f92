// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/syscall.h"
#include "pipe.h"

namespace monoceros::base {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Fd, closes_its_descriptor_when_it_ends) {
  int number;
  {
    const Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = fd.get();
    ASSERT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
}

TEST(Fd, moving_leaves_nothing_behind_and_closes_what_it_replaces) {
  Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Fd second(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int kept = first.get();
  const int replaced = second.get();
  second = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_EQ(second.get(), kept);
  EXPECT_FALSE(IsOpen(replaced));
  EXPECT_TRUE(IsOpen(kept));
}

TEST(Fd, release_gives_up_ownership) {
  Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = fd.Release();
  fd.Close();
  EXPECT_TRUE(IsOpen(number));
  ::close(number);
}

TEST(Fd, duplicate_is_a_second_descriptor_that_is_closed_on_exec) {
  const Fd fd(::open("/dev/null", O_RDONLY));
  const Fd copy = fd.Duplicate();
  EXPECT_NE(copy.get(), fd.get());
  EXPECT_EQ(::fcntl(copy.get(), F_GETFD), FD_CLOEXEC);
}

TEST(Fd, duplicating_nothing_is_an_error_that_names_the_call) {
  try {
    Fd().Duplicate();
    FAIL() << "no error";
  } catch (const SystemError& error) {
    EXPECT_EQ(error.error(), EBADF);
    EXPECT_STREQ(error.what(), "fcntl(F_DUPFD_CLOEXEC, -1): Bad file descriptor");
  }
}

TEST(RetryOnEintr, calls_again_until_the_call_is_not_interrupted) {
  int calls = 0;
  const int result = RetryOnEintr([&] {
    errno = EINTR;
    return ++calls < 3 ? -1 : 7;
  });
  EXPECT_EQ(result, 7);
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace monoceros::base
