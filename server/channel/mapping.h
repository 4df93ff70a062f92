// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "base/result.h"
#include "channel/layout.h"

namespace monoceros::channel {

// A mapped channel: typed access to its parts. Indexes passed in are already checked.
class Mapping {
 public:
  // Maps and checks the memory behind `memory_fd`: seals, size, magic, version, shape. The
  // descriptor is not needed afterwards.
  static base::Result<std::shared_ptr<Mapping>> Map(int memory_fd);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // A forked child does not inherit the mapping. Throws base::SystemError.
  void ForbidFork();
  // Forgets the mapping without unmapping it: in a forked child the addresses may already belong
  // to something else.
  void Forget() { base_ = nullptr; }

  const Shape& shape() const { return shape_; }
  const Geometry& geometry() const { return geometry_; }

  Header& header() { return *reinterpret_cast<Header*>(base_); }
  std::atomic<uint64_t>& ring_entry(uint64_t position) {
    return ring_[position & (geometry_.ring_entries - 1)];
  }
  Slot& slot(uint32_t index) { return slots_[index]; }
  std::span<Block> request_blocks() {
    return {reinterpret_cast<Block*>(base_ + geometry_.request_offset), shape_.request_blocks};
  }
  std::span<Block> response_blocks() {
    return {reinterpret_cast<Block*>(base_ + geometry_.response_offset), shape_.response_blocks};
  }
  std::span<std::byte> bytes() { return {base_, geometry_.total_bytes}; }

 private:
  Mapping(std::byte* base, const Shape& shape);

  std::byte* base_;
  Shape shape_;
  Geometry geometry_;
  std::atomic<uint64_t>* ring_;
  Slot* slots_;
};

}  // namespace monoceros::channel
