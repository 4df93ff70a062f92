// SPDX-License-Identifier: Apache-2.0
#include "router/net/request_body.h"

namespace monoceros::router {

base::Result<void> RequestBody::Append(std::string_view bytes, uint64_t share,
                                       const std::string& directory) {
  if (!spooled() && memory_.size() + bytes.size() <= budgets_.MemoryShare(share)) {
    Keep(bytes);
    return {};
  }
  if (!memory_.empty()) {
    if (auto moved = spool_.Append(directory, memory_); !moved) return moved;
    FreeMemory();
  }
  return spool_.Append(directory, bytes);
}

void RequestBody::Keep(std::string_view bytes) {
  memory_.append(bytes);
  budgets_.memory.Add(memory_.capacity() - counted_);
  counted_ = memory_.capacity();
}

void RequestBody::Clear() {
  FreeMemory();
  spool_.Close();
}

void RequestBody::FreeMemory() {
  if (counted_ == 0) return;
  budgets_.memory.Remove(counted_);
  counted_ = 0;
  std::string().swap(memory_);
}

}  // namespace monoceros::router
