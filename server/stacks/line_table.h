// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace monoceros::stacks {

// The line of the instruction `offset` bytes from the start of a code object, by its location table
// (CPython 3.11 to 3.13, Objects/locations.md) and first line. 0 when it has none or lies outside;
// a broken table gives a wrong line or 0.
int64_t LineAt(std::span<const std::byte> table, int64_t first_line, int64_t offset);

}  // namespace monoceros::stacks
