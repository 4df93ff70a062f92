// SPDX-License-Identifier: Apache-2.0
#include "workerpool/digest.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

namespace monoceros::workerpool {

constexpr size_t kBytes = 8;

std::string Digest(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (size_t i = 0; i < kBytes; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace monoceros::workerpool
