// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "kube/access.h"
#include "kube/http.h"

namespace monoceros::kube {

// The Authorization header. A token file is read again after 60 s, and when the server refused what
// it said; what was read last serves while the file cannot be read.
class Credentials {
 public:
  explicit Credentials(const Access& access);

  // "Bearer ..."; empty where there is no token (a client certificate, or nothing).
  base::Result<std::string> Authorization(SteadyTime now);
  // After a 401: whether another try may fare better.
  bool Renew(SteadyTime now);

 private:
  bool Read(SteadyTime now);

  std::string file_;
  std::string token_;
  SteadyTime read_at_{};
};

}  // namespace monoceros::kube
