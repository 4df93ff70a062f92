// SPDX-License-Identifier: Apache-2.0
#include "agent/grpc_credentials.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;
using config::BindAddress;
using config::Settings;

constexpr unsigned kRefreshSeconds = 1;

Result<void> CheckReadable(const char* setting, const std::string& path) {
  if (path.empty() || ::access(path.c_str(), R_OK) == 0) return {};
  return Fail(fmt::format("{}: {} cannot be read: {}; it must be there when the agent starts",
                          setting, path, std::strerror(errno)));
}

Result<void> CheckFiles(const Settings& settings) {
  if (settings.control_tls_cert.empty() != settings.control_tls_key.empty()) {
    return Fail("control_tls_cert and control_tls_key belong together: set both");
  }
  return CheckReadable("control_tls_cert", settings.control_tls_cert)
      .and_then([&] { return CheckReadable("control_tls_key", settings.control_tls_key); })
      .and_then(
          [&] { return CheckReadable("control_tls_client_ca", settings.control_tls_client_ca); });
}

struct CertificateFiles {
  std::string certificate;
  std::string key;
};

std::shared_ptr<grpc::ServerCredentials> TlsCredentials(const CertificateFiles& files,
                                                        const std::string& client_ca) {
  namespace tls = grpc::experimental;
  const auto provider = std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key, files.certificate, client_ca, kRefreshSeconds);
  tls::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  if (!client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

Result<ServerCredentials> WithOwnCertificate(const std::string& client_ca) {
  auto own = OwnCertificate::Make();
  if (!own) return Fail("control_tls_client_ca: " + own.error().message);
  auto credentials = TlsCredentials({own->certificate_path(), own->key_path()}, client_ca);
  return ServerCredentials{std::move(*own), std::move(credentials)};
}

}  // namespace

bool IsLoopback(const BindAddress& address) {
  if (address.kind != BindAddress::Kind::kTcp) return address.kind == BindAddress::Kind::kUnix;
  in_addr v4{};
  if (::inet_pton(AF_INET, address.host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return address.host == "::1" || address.host == "localhost";
}

Result<void> CheckProtected(const BindAddress& address, const Settings& settings) {
  const bool names = !settings.control_read_sans.empty() || !settings.control_change_sans.empty();
  const bool tokens =
      !settings.control_read_token_file.empty() || !settings.control_change_token_file.empty();
  const bool certificates = !settings.control_tls_client_ca.empty();
  if (certificates && !names && !tokens) {
    return Fail(
        "control_tls_client_ca: nobody may do anything: name those who may in "
        "control_read_sans and control_change_sans");
  }
  if (IsLoopback(address) || tokens || certificates) return {};
  return Fail(fmt::format(
      "control_bind: {} can be reached from other machines, where everybody could change this "
      "server: set control_change_token_file (or control_read_token_file), or "
      "control_tls_client_ca, or bind to 127.0.0.1",
      address.ToText()));
}

bool HasTls(const Settings& settings) {
  return !settings.control_tls_cert.empty() || !settings.control_tls_client_ca.empty();
}

std::string MissingAuthority(const Settings& settings) {
  const std::string& path = settings.control_tls_client_ca;
  if (path.empty()) return "";
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("-----BEGIN CERTIFICATE")) return "";
  }
  return fmt::format("control_tls_client_ca: {} holds no certificate yet: nobody can get in", path);
}

Result<ServerCredentials> MakeServerCredentials(const Settings& settings) {
  if (const Result<void> checked = CheckFiles(settings); !checked) {
    return tl::make_unexpected(checked.error());
  }
  if (!HasTls(settings)) return ServerCredentials{{}, grpc::InsecureServerCredentials()};
  const std::string& client_ca = settings.control_tls_client_ca;
  if (settings.control_tls_cert.empty()) return WithOwnCertificate(client_ca);
  return ServerCredentials{
      {}, TlsCredentials({settings.control_tls_cert, settings.control_tls_key}, client_ca)};
}

}  // namespace monoceros::agent
