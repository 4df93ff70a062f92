// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace monoceros::agent {

// A bearer token in a file, read again when the file changes (also when a link to it does). White
// space at its end does not count. Thread-safe.
class TokenFile {
 public:
  // The error says why there is no token in the file; an empty one is an error too.
  static base::Result<TokenFile> Open(const std::string& path);
  TokenFile(TokenFile&& other) noexcept : path_(std::move(other.path_)) {}

  // Whether `token` is the one that the file holds now; false while the file cannot be read. Takes
  // the same time wherever the two differ.
  bool Matches(std::string_view token);

 private:
  using Digest = std::array<unsigned char, 32>;
  // What tells one state of the file from another.
  struct Stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    int64_t changed_at;
    bool operator==(const Stamp&) const = default;
  };

  explicit TokenFile(std::string path) : path_(std::move(path)) {}
  base::Result<void> Follow();
  static Digest DigestOf(std::string_view text);

  std::string path_;
  std::mutex mutex_;
  std::optional<Stamp> stamp_;
  std::optional<Digest> digest_;
};

}  // namespace monoceros::agent
