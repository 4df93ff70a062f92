// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace monoceros::agent {

// A self-signed certificate (ECDSA P-256, ten years) and its key, for a server whose clients do not
// check who it is. Both are in memory files of this process alone: they need no file system and are
// gone with it. Not thread-safe; the paths hold for as long as it lives.
class OwnCertificate {
 public:
  // A new key each time. The error says what OpenSSL or the kernel refused.
  static base::Result<OwnCertificate> Make();

  // Where this process can read them, PEM.
  std::string certificate_path() const;
  std::string key_path() const;

 private:
  OwnCertificate(base::Fd certificate, base::Fd key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}

  base::Fd certificate_;
  base::Fd key_;
};

}  // namespace monoceros::agent
