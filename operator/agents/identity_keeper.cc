// SPDX-License-Identifier: Apache-2.0
#include "agents/identity_keeper.h"

#include <fmt/format.h>

#include <utility>

#include "agents/identity_secret.h"

namespace monoceros::agents {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::hours kLeafLifetime{24};
constexpr std::chrono::hours kRenewBefore{8};  // the last third
constexpr std::chrono::hours kSuccessorBefore{24 * 365};
constexpr char kFieldManager[] = "monoceros-operator";

// An end that cannot be read has passed.
bool HasLeft(const std::string& certificate, TimePoint now, std::chrono::hours time) {
  return NotAfter(certificate).value_or(TimePoint::min()) > now + time;
}

tl::unexpected<kube::Error> Failed(const std::string& message) {
  return tl::make_unexpected(kube::Error{.message = message});
}

// Somebody else was faster.
bool LostRace(const kube::Error& error) { return error.IsAlreadyExists() || error.IsConflict(); }

}  // namespace

IdentityKeeper::IdentityKeeper(kube::Client& client, std::string ns)
    : client_(client), ns_(std::move(ns)) {}

asio::awaitable<kube::Result<void>> IdentityKeeper::Keep(TimePoint now) {
  if (HasLeft(leaf_.certificate, now, kRenewBefore) &&
      HasLeft(authority_.certificate, now, kSuccessorBefore)) {
    SetBundle(now);
    co_return kube::Result<void>();
  }
  const auto stored = co_await Stored(now);
  if (!stored) co_return tl::make_unexpected(stored.error());
  co_return Adopt(*stored, now);
}

// What is in the Secret, made or succeeded where that is due.
asio::awaitable<kube::Result<StoredAuthority>> IdentityKeeper::Stored(TimePoint now) {
  const kube::Key key{ns_, kSecretName};
  auto secret = co_await client_.Get(kube::kSecrets, key);
  if (!secret && !secret.error().IsNotFound()) co_return tl::make_unexpected(secret.error());
  StoredAuthority next;
  std::string version;
  if (secret) {
    const auto old = Parse(**secret);
    if (!old || HasLeft(old->current.certificate, now, kSuccessorBefore)) co_return old;
    next.previous = old->current.certificate;
    version = kube::ResourceVersionOf(**secret);
  }
  auto made = MakeAuthority(now);
  if (!made) co_return Failed(made.error().message);
  next.current = std::move(*made);
  co_return co_await Write(std::move(next), std::move(version));
}

asio::awaitable<kube::Result<StoredAuthority>> IdentityKeeper::Write(StoredAuthority authority,
                                                                     std::string resource_version) {
  const kube::Json secret = SecretOf(authority, ns_, resource_version);
  kube::Result<kube::Object> written;
  if (resource_version.empty()) {
    written = co_await client_.Create(kube::kSecrets, secret, kFieldManager);
  } else {
    written = co_await client_.Update(kube::kSecrets, secret, kFieldManager);
  }
  if (written) co_return authority;
  if (!LostRace(written.error())) co_return tl::make_unexpected(written.error());
  co_return co_await Read();
}

asio::awaitable<kube::Result<StoredAuthority>> IdentityKeeper::Read() {
  const kube::Key key{ns_, kSecretName};
  const auto secret = co_await client_.Get(kube::kSecrets, key);
  if (!secret) co_return tl::make_unexpected(secret.error());
  co_return Parse(**secret);
}

kube::Result<StoredAuthority> IdentityKeeper::Parse(const kube::Json& secret) const {
  auto stored = ParseSecret(secret);
  if (!stored) return Broken(stored.error().message);
  const auto end = NotAfter(stored->current.certificate);
  if (!end) return Broken("tls.crt: " + end.error().message);
  return *stored;
}

kube::Result<void> IdentityKeeper::Adopt(const StoredAuthority& stored, TimePoint now) {
  const bool known = issuer_ == stored.current.certificate || issuer_ == stored.previous;
  if (!known || !HasLeft(leaf_.certificate, now, kRenewBefore)) {
    auto leaf = IssueLeaf(stored.current, kOperatorName, now, kLeafLifetime);
    if (!leaf) return Broken(leaf.error().message);
    leaf_ = std::move(*leaf);
    issuer_ = stored.current.certificate;
  }
  authority_ = stored.current;
  previous_ = stored.previous;
  SetBundle(now);
  return {};
}

void IdentityKeeper::SetBundle(TimePoint now) {
  bundle_ = authority_.certificate;
  if (HasLeft(previous_, now, std::chrono::hours(0))) bundle_ += previous_;
}

tl::unexpected<kube::Error> IdentityKeeper::Broken(const std::string& why) const {
  return Failed(fmt::format(
      "the Secret {}/{} cannot be used: {}; delete it and restart the operator, which then makes "
      "another authority",
      ns_, kSecretName, why));
}

}  // namespace monoceros::agents
