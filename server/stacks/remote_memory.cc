// SPDX-License-Identifier: Apache-2.0
#include "stacks/remote_memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace monoceros::stacks {

bool ProcessMemory::Read(uint64_t address, std::span<std::byte> bytes) const {
  if (bytes.size() > kMaxRead - read_) return false;
  read_ += bytes.size();
  const iovec local{bytes.data(), bytes.size()};
  // An address of the other process: never followed here.
  const iovec remote{reinterpret_cast<void*>(address), bytes.size()};  // NOLINT
  return ::process_vm_readv(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes.size());
}

int ProcessMemory::Refusal() const {
  std::byte byte;
  if (Read(0, std::span(&byte, 1)) || errno == EFAULT) return 0;
  return errno;
}

void CopiedRange::Copy(uint64_t address, size_t bytes) {
  address_ = address;
  copy_.resize(bytes);
  if (!memory_.Read(address, copy_)) copy_.clear();
}

bool CopiedRange::Read(uint64_t address, std::span<std::byte> bytes) const {
  const uint64_t offset = address - address_;
  if (address < address_ || offset > copy_.size() || bytes.size() > copy_.size() - offset) {
    return memory_.Read(address, bytes);
  }
  std::copy_n(copy_.begin() + static_cast<ptrdiff_t>(offset), bytes.size(), bytes.begin());
  return true;
}

std::optional<Block> Block::Read(const RemoteMemory& memory, uint64_t address, size_t bytes) {
  Block block;
  block.bytes_.resize(bytes);
  if (!memory.Read(address, block.bytes_)) return std::nullopt;
  return block;
}

}  // namespace monoceros::stacks
