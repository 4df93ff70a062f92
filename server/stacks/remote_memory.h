// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace monoceros::stacks {

// The memory of a process that runs on while we read: any address may be wrong, and what is read
// may change at once.
class RemoteMemory {
 public:
  virtual ~RemoteMemory() = default;
  // Copies what is at `address`. False when not all of it can be read.
  virtual bool Read(uint64_t address, std::span<std::byte> bytes) const = 0;

  template <typename T>
  std::optional<T> ReadAs(uint64_t address) const {
    T value;
    if (!Read(address, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
    return value;
  }
};

// The memory of process `pid`, by process_vm_readv: without stopping it. After kMaxRead bytes in
// all nothing more can be read, so that a hostile process can cost only so much.
class ProcessMemory final : public RemoteMemory {
 public:
  explicit ProcessMemory(pid_t pid) : pid_(pid) {}
  bool Read(uint64_t address, std::span<std::byte> bytes) const override;
  // 0, or the errno that says why nothing of it can be read (EPERM, ESRCH).
  int Refusal() const;

  static constexpr size_t kMaxRead = 256 << 20;

 private:
  pid_t pid_;
  mutable size_t read_ = 0;
};

// Another memory, of which one range is a copy of one moment.
class CopiedRange final : public RemoteMemory {
 public:
  // `memory` outlives it.
  explicit CopiedRange(const RemoteMemory& memory) : memory_(memory) {}
  // Copies these bytes; what cannot be read is left to `memory`.
  void Copy(uint64_t address, size_t bytes);
  bool Read(uint64_t address, std::span<std::byte> bytes) const override;

 private:
  const RemoteMemory& memory_;
  uint64_t address_ = 0;
  std::vector<std::byte> copy_;
};

// A copy of one remote struct, whose fields are looked at by their offsets.
class Block {
 public:
  // Nothing when it cannot be read.
  static std::optional<Block> Read(const RemoteMemory& memory, uint64_t address, size_t bytes);

  // 0 when `offset` is outside.
  template <typename T>
  T At(uint64_t offset) const {
    T value{};
    if (bytes_.size() >= sizeof(T) && offset <= bytes_.size() - sizeof(T)) {
      std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    }
    return value;
  }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace monoceros::stacks
