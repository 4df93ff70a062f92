// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "router/net/budget.h"
#include "router/net/spool_file.h"

namespace monoceros::router {

// A request body on its way in: in memory up to its share, in a spool file above. One thread.
class RequestBody {
 public:
  explicit RequestBody(Budgets& budgets) : budgets_(budgets), spool_(budgets.spool) {}
  ~RequestBody() { Clear(); }
  RequestBody(const RequestBody&) = delete;
  RequestBody& operator=(const RequestBody&) = delete;

  // `share` is the setting body_memory, `directory` where spool files go. The error is a full or
  // unwritable disk.
  base::Result<void> Append(std::string_view bytes, uint64_t share, const std::string& directory);
  // The same, never into a file. REQUIRES that it is not spooled.
  void Keep(std::string_view bytes);
  void Clear();

  uint64_t size() const { return spooled() ? spool_.end() : memory_.size(); }
  bool spooled() const { return spool_.open(); }
  std::string_view memory() const { return memory_; }
  int fd() const { return spool_.fd(); }

 private:
  void FreeMemory();

  Budgets& budgets_;
  std::string memory_;
  uint64_t counted_ = 0;  // bytes of memory_ that the budget knows of
  SpoolFile spool_;
};

}  // namespace monoceros::router
