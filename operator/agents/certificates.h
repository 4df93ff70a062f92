// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace monoceros::agents {

// The name in the operator's client certificate (a DNS subject alternative name) that agents allow
// to change their server.
inline constexpr char kOperatorName[] = "operator.monoceros.dev";

// A certificate and its private key, PEM.
struct KeyPair {
  std::string certificate;
  std::string key;
  bool operator==(const KeyPair&) const = default;
};

using TimePoint = std::chrono::system_clock::time_point;

// A self-signed authority (ECDSA P-256, X.509 v3, CA:TRUE, keyCertSign), valid for ten years.
base::Result<KeyPair> MakeAuthority(TimePoint now);
// A client certificate signed by `authority` (clientAuth), with `dns_name`, valid from five minutes
// ago for `lifetime`.
base::Result<KeyPair> IssueLeaf(const KeyPair& authority, const std::string& dns_name,
                                TimePoint now, std::chrono::hours lifetime);
// When a PEM certificate ends.
base::Result<TimePoint> NotAfter(const std::string& certificate);

}  // namespace monoceros::agents
