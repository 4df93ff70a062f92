// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace monoceros::kube {

// "https://[fd00::1]:6443/k8s/clusters/c1" taken apart.
struct ApiServerUrl {
  bool plain = false;     // http
  std::string host;       // without brackets
  std::string port;       // 443, or 80 for http, where the URL names none
  std::string base_path;  // "/k8s/clusters/c1", or empty; never ends with '/'
};

// The error quotes the URL and says what is wrong with it. http is accepted for loopback only: a
// token must not travel in the clear.
base::Result<ApiServerUrl> ParseApiServerUrl(const std::string& url);

}  // namespace monoceros::kube
