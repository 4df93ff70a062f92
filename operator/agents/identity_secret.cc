// SPDX-License-Identifier: Apache-2.0
#include "agents/identity_secret.h"

#include <openssl/evp.h>

#include <string_view>

#include "kube/base64.h"

namespace monoceros::agents {
namespace {

using base::Fail;
using base::Result;

std::string ToBase64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');  // EVP adds a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

// Empty when it is missing or no base64.
std::string Field(const kube::Json& secret, const std::string& key) {
  return kube::Base64Decoded(kube::TextAt(secret, "/data/" + key)).value_or("");
}

}  // namespace

Result<StoredAuthority> ParseSecret(const kube::Json& secret) {
  StoredAuthority authority{{Field(secret, "tls.crt"), Field(secret, "tls.key")},
                            Field(secret, "previous.crt")};
  if (authority.current.certificate.empty()) return Fail("tls.crt is missing");
  if (authority.current.key.empty()) return Fail("tls.key is missing");
  return authority;
}

kube::Json SecretOf(const StoredAuthority& authority, const std::string& ns,
                    const std::string& resource_version) {
  kube::Json secret = {
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"type", "kubernetes.io/tls"},
      {"metadata",
       {{"name", kSecretName},
        {"namespace", ns},
        {"labels",
         {{"app.kubernetes.io/name", "monoceros-operator"},
          {"app.kubernetes.io/managed-by", "monoceros-operator"}}}}},
      {"data",
       {{"tls.crt", ToBase64(authority.current.certificate)},
        {"tls.key", ToBase64(authority.current.key)}}},
  };
  if (!authority.previous.empty()) secret["data"]["previous.crt"] = ToBase64(authority.previous);
  if (!resource_version.empty()) secret["metadata"]["resourceVersion"] = resource_version;
  return secret;
}

}  // namespace monoceros::agents
