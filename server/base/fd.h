// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace monoceros::base {

// Sole owner of one file descriptor; closes it on destruction. Not thread-safe.
class Fd {
 public:
  Fd() = default;
  // Takes ownership of `fd`; a negative value means "none".
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.Release()) {}
  Fd& operator=(Fd&& other) noexcept {
    Fd old(std::exchange(fd_, other.Release()));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  // Gives up ownership; the caller closes it.
  int Release() { return std::exchange(fd_, -1); }
  void Close() { *this = Fd(); }
  // A second descriptor of the same open file, close-on-exec. Throws SystemError.
  Fd Duplicate() const;

 private:
  int fd_ = -1;
};

}  // namespace monoceros::base
