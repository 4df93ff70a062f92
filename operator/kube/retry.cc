// SPDX-License-Identifier: Apache-2.0
#include "kube/retry.h"

namespace monoceros::kube {
namespace {

constexpr int kMaxAttempts = 10;

}  // namespace

std::optional<std::chrono::seconds> RetryDelay(const HttpResponse& response, int attempt) {
  const bool asked = response.status == 429 || (response.status >= 500 && response.status <= 599);
  if (!asked || attempt >= kMaxAttempts) return std::nullopt;
  return response.retry_after;
}

}  // namespace monoceros::kube
