// SPDX-License-Identifier: Apache-2.0
#include "kube/credentials.h"

#include <fmt/core.h>

#include <optional>

#include "kube/text_file.h"

namespace monoceros::kube {
namespace {

constexpr std::chrono::seconds kReadAgain{60};

}  // namespace

Credentials::Credentials(const Access& access) : file_(access.token_file), token_(access.token) {}

base::Result<std::string> Credentials::Authorization(SteadyTime now) {
  const bool due = token_.empty() || now - read_at_ >= kReadAgain;
  if (!file_.empty() && due && !Read(now) && token_.empty()) {
    return base::Fail(fmt::format("{}: no token can be read from it", file_));
  }
  return token_.empty() ? "" : "Bearer " + token_;
}

bool Credentials::Renew(SteadyTime now) { return !file_.empty() && Read(now); }

bool Credentials::Read(SteadyTime now) {
  std::optional<std::string> token = ReadTextFile(file_);
  if (!token) return false;
  token_ = std::move(*token);
  read_at_ = now;
  return true;
}

}  // namespace monoceros::kube
