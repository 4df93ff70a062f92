// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "router/net/budget.h"

namespace monoceros::router {

// An unlinked temporary file that takes what does not fit in memory. Its bytes are counted in the
// spool budget until they are dropped or the file is closed. One thread.
class SpoolFile {
 public:
  explicit SpoolFile(Budget& budget) : budget_(budget) {}
  ~SpoolFile() { Close(); }
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  // Appends; opens the file in `directory` first when needed. The error names directory and cause
  // (disk full, no permission); what was written before stays valid.
  base::Result<void> Append(const std::string& directory, std::string_view bytes);
  // Forgets the first `bytes` bytes beyond what was forgotten before, giving disk space back.
  void DropFront(uint64_t bytes);
  void Close();

  int fd() const { return file_.get(); }
  bool open() const { return static_cast<bool>(file_); }
  uint64_t begin() const { return begin_; }  // offset of the first byte still wanted
  uint64_t end() const { return end_; }

 private:
  void PunchDropped();

  Budget& budget_;
  base::Fd file_;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  uint64_t punched_ = 0;
};

}  // namespace monoceros::router
