// SPDX-License-Identifier: Apache-2.0
#include "kube/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace monoceros::kube {

std::optional<std::string> Base64Decoded(std::string_view text) {
  std::string packed;
  std::copy_if(text.begin(), text.end(), std::back_inserter(packed),
               [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
  if (packed.size() % 4 != 0) return std::nullopt;
  std::string decoded(packed.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   reinterpret_cast<const unsigned char*>(packed.data()),
                                   static_cast<int>(packed.size()));
  if (size < 0) return std::nullopt;
  // OpenSSL counts the zeros that padding stands for.
  const size_t padding = packed.size() - (packed.find_last_not_of('=') + 1);
  if (padding > 2) return std::nullopt;
  decoded.resize(static_cast<size_t>(size) - padding);
  return decoded;
}

}  // namespace monoceros::kube
