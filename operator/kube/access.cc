// SPDX-License-Identifier: Apache-2.0
#include "kube/access.h"

#include <cstdlib>

namespace monoceros::kube {
namespace {

constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// $KUBECONFIG may name several files; they are not merged, the first counts.
std::string UsualKubeconfig() {
  const std::string named = Variable("KUBECONFIG");
  const std::string first = named.substr(0, named.find(':'));
  return first.empty() ? Variable("HOME") + "/.kube/config" : first;
}

}  // namespace

base::Result<Access> FindAccess(const std::string& kubeconfig, const std::string& context) {
  if (!kubeconfig.empty()) return KubeconfigAccess(kubeconfig, context);
  const bool in_cluster = !Variable("KUBERNETES_SERVICE_HOST").empty();
  if (in_cluster) return InClusterAccess(kServiceAccount);
  return KubeconfigAccess(UsualKubeconfig(), context);
}

}  // namespace monoceros::kube
