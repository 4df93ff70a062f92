// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace monoceros::kube {

// How the API server is reached and who we are there. Files are named, not read in: tokens and
// authorities rotate, so the client reads them again (token every 60 s and after a 401).
struct Access {
  std::string host;         // name or address, without brackets
  std::string port;         // "443"
  std::string base_path;    // before every path, "/k8s/clusters/c1"; usually empty
  std::string server_name;  // what the certificate must be for; empty: `host`
  bool plain = false;       // http, for tests on loopback only
  bool insecure = false;    // insecure-skip-tls-verify of a kubeconfig

  std::string ca_file;  // PEM; either the file or the text; neither: the system's authorities
  std::string ca_pem;
  std::string token_file;  // a bearer token: either the file or the text
  std::string token;
  std::string certificate_pem;  // a client certificate, and its key
  std::string key_pem;

  std::string default_namespace;  // the service account's, or the context's; else "default"
};

// In a pod: KUBERNETES_SERVICE_HOST and _PORT, and the files under
// /var/run/secrets/kubernetes.io/serviceaccount (`directory`, other in tests). The error says what
// is missing.
base::Result<Access> InClusterAccess(const std::string& directory);
// A kubeconfig's current context, or the named one: cluster (server, certificate-authority[-data],
// tls-server-name, insecure-skip-tls-verify) and user (token, tokenFile,
// client-certificate[-data], client-key[-data]). `exec` and `auth-provider` users are refused by
// name.
base::Result<Access> KubeconfigAccess(const std::string& path, const std::string& context);
// --kubeconfig if given, else in the cluster, else $KUBECONFIG or ~/.kube/config.
base::Result<Access> FindAccess(const std::string& kubeconfig, const std::string& context);

}  // namespace monoceros::kube
