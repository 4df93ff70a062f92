// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <cstdlib>

#include "kube/access.h"
#include "kube/text_file.h"

namespace monoceros::kube {
namespace {

base::Result<std::string> Variable(const char* name) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') return std::string(value);
  return base::Fail(fmt::format(
      "{} is not set: this is no pod of a cluster; give --kubeconfig FILE outside of one", name));
}

base::Result<void> Readable(const std::string& path, const std::string& what) {
  if (ReadTextFile(path)) return {};
  return base::Fail(fmt::format(
      "{}: cannot be read: the pod has no {}; set automountServiceAccountToken: true", path, what));
}

}  // namespace

base::Result<Access> InClusterAccess(const std::string& directory) {
  Access access;
  const base::Result<std::string> host = Variable("KUBERNETES_SERVICE_HOST");
  if (!host) return tl::make_unexpected(host.error());
  const base::Result<std::string> port = Variable("KUBERNETES_SERVICE_PORT");
  if (!port) return tl::make_unexpected(port.error());
  access.host = *host;
  access.port = *port;
  access.token_file = directory + "/token";
  access.ca_file = directory + "/ca.crt";
  if (const auto token = Readable(access.token_file, "service account token"); !token) {
    return tl::make_unexpected(token.error());
  }
  if (const auto ca = Readable(access.ca_file, "certificate authority of the API server"); !ca) {
    return tl::make_unexpected(ca.error());
  }
  access.default_namespace = ReadTextFile(directory + "/namespace").value_or("default");
  return access;
}

}  // namespace monoceros::kube
