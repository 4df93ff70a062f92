// SPDX-License-Identifier: Apache-2.0
#include "channel/layout.h"

#include <algorithm>
#include <bit>

namespace monoceros::channel {
namespace {

constexpr size_t kPage = 4096;

size_t PageAligned(size_t bytes) { return (bytes + kPage - 1) & ~(kPage - 1); }

// Half of what is not reserved for the other slots, so that one slow exchange leaves room.
uint32_t Window(uint32_t blocks, uint32_t slots) {
  if (slots == 1) return std::min(blocks, kMaxWindowBlocks);
  return std::min(1 + (blocks - slots + 1) / 2, kMaxWindowBlocks);
}

}  // namespace

Geometry::Geometry(const Shape& shape)
    : ring_entries(std::bit_ceil(2 * shape.slots)),
      ring_offset(sizeof(Header)),
      slots_offset(PageAligned(ring_offset + ring_entries * sizeof(uint64_t))),
      request_offset(PageAligned(slots_offset + shape.slots * sizeof(Slot))),
      response_offset(request_offset + size_t{shape.request_blocks} * kBlockBytes),
      total_bytes(response_offset + size_t{shape.response_blocks} * kBlockBytes),
      request_window(Window(shape.request_blocks, shape.slots)),
      response_window(Window(shape.response_blocks, shape.slots)) {}

Shape Normalised(const Shape& shape) {
  Shape result = shape;
  result.request_blocks = std::max(shape.request_blocks, shape.slots);
  result.response_blocks = std::max(shape.response_blocks, shape.slots);
  return result;
}

bool IsValid(const Shape& shape) {
  const auto arena_fits = [&shape](uint32_t blocks) {
    return blocks >= shape.slots && blocks <= kMaxBlocks;
  };
  return shape.slots >= 1 && shape.slots <= kMaxSlots && shape.threads <= kMaxThreads &&
         arena_fits(shape.request_blocks) && arena_fits(shape.response_blocks);
}

}  // namespace monoceros::channel
