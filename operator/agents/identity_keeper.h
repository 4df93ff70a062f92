// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "agents/certificates.h"
#include "kube/client.h"

namespace monoceros::agents {

struct StoredAuthority;

// The operator's authority and client certificate. The authority lives in one Secret
// (`monoceros-operator-ca`, tls.crt and tls.key) of the operator's own namespace, made by whoever
// needs it first (a lost race reads the other's); the leaf lives in memory, 24 hours, renewed after
// two thirds. An authority with less than a year left gets a successor; until the old one ends the
// bundle has both, and the leaf in use stays until its own renewal, so that agents have hours to
// learn of the successor. A Secret that cannot be used is an error that says what to do; one that
// is deleted is made anew when the operator starts. The rights needed are get, create and update.
class IdentityKeeper {
 public:
  IdentityKeeper(kube::Client& client, std::string ns);
  // Reads, makes or renews what is due. To be called at the start and every minute; cheap when
  // nothing is due.
  boost::asio::awaitable<kube::Result<void>> Keep(TimePoint now);

  const KeyPair& leaf() const { return leaf_; }
  // Public certificates only, PEM: what agents trust.
  const std::string& bundle() const { return bundle_; }

 private:
  boost::asio::awaitable<kube::Result<StoredAuthority>> Stored(TimePoint now);
  boost::asio::awaitable<kube::Result<StoredAuthority>> Read();
  boost::asio::awaitable<kube::Result<StoredAuthority>> Write(StoredAuthority authority,
                                                              std::string resource_version);
  kube::Result<StoredAuthority> Parse(const kube::Json& secret) const;
  kube::Result<void> Adopt(const StoredAuthority& stored, TimePoint now);
  void SetBundle(TimePoint now);
  tl::unexpected<kube::Error> Broken(const std::string& why) const;

  kube::Client& client_;
  std::string ns_;
  KeyPair authority_;
  std::string previous_;  // the certificate of the authority before; empty: there was none
  KeyPair leaf_;
  std::string issuer_;  // the certificate of the authority that signed the leaf
  std::string bundle_;
};

}  // namespace monoceros::agents
