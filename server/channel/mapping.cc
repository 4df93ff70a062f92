// SPDX-License-Identifier: Apache-2.0
#include "channel/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/syscall.h"

namespace monoceros::channel {
namespace {

base::Result<Shape> ReadShape(int fd) {
  Identity identity;
  if (::pread(fd, &identity, sizeof identity, 0) != sizeof identity) {
    return base::Fail("channel memory: cannot read its header");
  }
  if (identity.magic != kMagic) return base::Fail("channel memory: this is not a channel");
  if (identity.version != kVersion) {
    return base::Fail(
        fmt::format("channel memory: version {} instead of {}; start all processes "
                    "from one installation",
                    identity.version, kVersion));
  }
  const Shape shape{identity.slots, identity.threads, identity.request_blocks,
                    identity.response_blocks};
  if (!IsValid(shape) || identity.ring_entries != Geometry(shape).ring_entries) {
    return base::Fail("channel memory: its header names impossible sizes");
  }
  return shape;
}

// Sealed and long enough: no access inside the mapping can fault, whatever the peer does.
bool HasFixedSize(int fd, size_t bytes) {
  constexpr int kWanted = F_SEAL_SHRINK | F_SEAL_GROW;
  const int seals = ::fcntl(fd, F_GET_SEALS);
  struct stat status;
  return seals >= 0 && (seals & kWanted) == kWanted && ::fstat(fd, &status) == 0 &&
         static_cast<size_t>(status.st_size) == bytes;
}

}  // namespace

base::Result<std::shared_ptr<Mapping>> Mapping::Map(int memory_fd) {
  const base::Result<Shape> shape = ReadShape(memory_fd);
  if (!shape) return tl::make_unexpected(shape.error());
  const size_t bytes = Geometry(*shape).total_bytes;
  if (!HasFixedSize(memory_fd, bytes)) {
    return base::Fail("channel memory: not sealed, or of the wrong size");
  }
  void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
  if (base == MAP_FAILED) {
    return base::Fail(fmt::format("channel memory: mmap of {} bytes: {}", bytes, strerror(errno)));
  }
  return std::shared_ptr<Mapping>(new Mapping(static_cast<std::byte*>(base), *shape));
}

Mapping::Mapping(std::byte* base, const Shape& shape)
    : base_(base),
      shape_(shape),
      geometry_(shape),
      ring_(reinterpret_cast<std::atomic<uint64_t>*>(base + geometry_.ring_offset)),
      slots_(reinterpret_cast<Slot*>(base + geometry_.slots_offset)) {}

Mapping::~Mapping() {
  if (base_ != nullptr) ::munmap(base_, geometry_.total_bytes);
}

void Mapping::ForbidFork() {
  base::Check(::madvise(base_, geometry_.total_bytes, MADV_DONTFORK), "madvise(MADV_DONTFORK)");
}

}  // namespace monoceros::channel
