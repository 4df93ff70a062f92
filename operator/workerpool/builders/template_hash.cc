// SPDX-License-Identifier: Apache-2.0
#include <openssl/sha.h>

#include <array>
#include <string_view>

#include "workerpool/builders/builders.h"
#include "workerpool/builders/pod_template.h"

namespace monoceros::workerpool {
namespace {

// Neither vowels nor what looks like them: no words.
constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
constexpr size_t kLength = 10;

}  // namespace

std::string TemplateHash(const api::WorkerPool& pool) {
  kube::Json pod_template = BuildPodTemplate(pool, "");
  pod_template["metadata"].erase("labels");
  const std::string text = pod_template.dump();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hash;
  for (size_t i = 0; i < kLength; ++i) hash += kAlphabet[digest[i] % kAlphabet.size()];
  return hash;
}

}  // namespace monoceros::workerpool
