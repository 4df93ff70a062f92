// SPDX-License-Identifier: Apache-2.0
#include "channel/channel.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "base/syscall.h"
#include "channel/futex.h"
#include "channel/layout.h"
#include "channel/mapping.h"
#include "channel/sleepers.h"

namespace monoceros::channel {
namespace {

// Only the identity is written: the rest of a new memfd is zero, which is the initial state.
base::Fd CreateMemory(const Shape& shape) {
  const Geometry geometry(shape);
  base::Fd memory(base::Check(::memfd_create("monoceros-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING),
                              "memfd_create"));
  base::Check(::ftruncate(memory.get(), static_cast<off_t>(geometry.total_bytes)),
              "ftruncate(channel, {})", geometry.total_bytes);
  // The control pages are allocated now: for want of memory it is Create that fails.
  const int error = ::posix_fallocate(memory.get(), 0, static_cast<off_t>(geometry.request_offset));
  if (error != 0) throw base::SystemError(error, "posix_fallocate(channel)");
  const Identity identity{kMagic,
                          kVersion,
                          shape.slots,
                          shape.threads,
                          shape.request_blocks,
                          shape.response_blocks,
                          geometry.ring_entries};
  base::Check(::pwrite(memory.get(), &identity, sizeof identity, 0), "pwrite(channel)");
  base::Check(::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
              "fcntl(F_ADD_SEALS)");
  return memory;
}

base::Fd CreateBell() {
  return base::Fd(base::Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
}

}  // namespace

NewChannel Create(const Shape& wanted) {
  const Shape shape = Normalised(wanted);
  if (!IsValid(shape)) throw base::SystemError(EINVAL, "channel of impossible shape");
  NewChannel result;
  result.memory = CreateMemory(shape);
  result.router.memory = result.memory.Duplicate();
  result.worker.memory = result.memory.Duplicate();
  result.router.router_bell = CreateBell();
  result.worker.router_bell = result.router.router_bell.Duplicate();
  result.router.worker_bell = CreateBell();
  result.worker.worker_bell = result.router.worker_bell.Duplicate();
  int sockets[2];
  base::Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets),
              "socketpair");
  result.router.socket = base::Fd(sockets[0]);
  result.worker.socket = base::Fd(sockets[1]);
  return result;
}

// The mapping as a whole: pages of the arenas that nobody touches cost nothing.
class Poker::Impl {
 public:
  explicit Impl(int memory_fd) {
    auto mapping = Mapping::Map(memory_fd);
    if (!mapping) throw base::SystemError(EINVAL, mapping.error().message);
    mapping_ = *mapping;
  }

  void Poke() {
    // release, before the words are set: a thread clears its word (acquire) before it looks here.
    mapping_->header().poke.fetch_add(1, std::memory_order_release);
    WakeAllThreads(mapping_->header(), mapping_->shape().threads);
  }

  void Close() { CloseChannel(*mapping_); }

 private:
  std::shared_ptr<Mapping> mapping_;
};

Poker::Poker(int memory_fd) : impl_(std::make_unique<Impl>(memory_fd)) {}
Poker::~Poker() = default;
Poker::Poker(Poker&&) noexcept = default;
void Poker::Poke() { impl_->Poke(); }
void Poker::Close() { impl_->Close(); }

}  // namespace monoceros::channel
