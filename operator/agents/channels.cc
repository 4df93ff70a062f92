// SPDX-License-Identifier: Apache-2.0
#include "agents/channels.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <utility>
#include <vector>

namespace monoceros::agents {
namespace {

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const KeyPair& identity) {
  namespace tls = grpc::experimental;
  const std::vector<tls::IdentityKeyCertPair> pairs{{identity.key, identity.certificate}};
  tls::TlsChannelCredentialsOptions options;
  // The root is never used, because nothing is verified; without one gRPC would read the system's
  // authorities, which an image need not have.
  options.set_certificate_provider(
      std::make_shared<tls::StaticDataCertificateProvider>(identity.certificate, pairs));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  return tls::TlsCredentials(options);
}

grpc::ChannelArguments ArgumentsOf(const std::string& user_agent) {
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix(user_agent);
  // The name in the certificate that an agent makes itself: gRPC's server complains of others.
  arguments.SetSslTargetNameOverride("monoceros-agent");
  // A pod's address is asked directly, whatever the environment says of proxies.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A closed channel closes its connection, though another one goes to the same address.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // How long one connection may take to come about.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  return arguments;
}

// Names the scheme, so that nobody asks a name server.
std::string TargetOf(const std::string& address) {
  return (address.starts_with('[') ? "ipv6:" : "ipv4:") + address;
}

}  // namespace

void Channels::SetIdentity(const KeyPair& identity) {
  if (credentials_ && identity == identity_) return;
  identity_ = identity;
  credentials_ = CredentialsOf(identity);
  channels_.clear();
}

std::shared_ptr<grpc::Channel> Channels::To(const std::string& address) {
  if (!credentials_) return nullptr;
  std::shared_ptr<grpc::Channel>& channel = channels_[address];
  if (!channel) {
    channel = grpc::CreateCustomChannel(TargetOf(address), credentials_, ArgumentsOf(user_agent_));
  }
  return channel;
}

void Channels::KeepOnly(const std::set<std::string>& addresses) {
  std::erase_if(channels_, [&](const auto& entry) { return !addresses.contains(entry.first); });
}

}  // namespace monoceros::agents
