// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agents/certificates.h"
#include "base/result.h"
#include "kube/object.h"

namespace monoceros::agents {

inline constexpr char kSecretName[] = "monoceros-operator-ca";

// What the Secret holds (type kubernetes.io/tls).
struct StoredAuthority {
  KeyPair current;       // tls.crt, tls.key
  std::string previous;  // previous.crt: the certificate of the one before; empty: there was none
};

// The error names the key that is missing or wrong. That the two belong together is not checked.
base::Result<StoredAuthority> ParseSecret(const kube::Json& secret);
// To create it, or with a resource version to replace it.
kube::Json SecretOf(const StoredAuthority& authority, const std::string& ns,
                    const std::string& resource_version);

}  // namespace monoceros::agents
