// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stacks/remote_memory.h"
#include "stacks/table.h"

namespace monoceros::stacks {

// Longest text that is copied, in code points; what is longer is cut.
inline constexpr size_t kMaxText = 4096;

// Copies Python objects. What does not look like an object of the type asked for is nothing.
class Objects {
 public:
  // Both outlive it.
  Objects(const RemoteMemory& memory, const MonocerosStackTable& table)
      : memory_(memory), table_(table) {}

  // A str, as UTF-8; a lone surrogate becomes U+FFFD.
  std::optional<std::string> Text(uint64_t address) const;
  // A bytes object of at most `max` bytes.
  std::optional<std::vector<std::byte>> Bytes(uint64_t address, size_t max) const;

 private:
  const RemoteMemory& memory_;
  const MonocerosStackTable& table_;
};

}  // namespace monoceros::stacks
