// SPDX-License-Identifier: Apache-2.0
#include "kube/tls.h"

#include <fmt/core.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <string>

namespace monoceros::kube {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Outcome<void> Checked(const error_code& error, const std::string& what) {
  if (!error) return {};
  return tl::make_unexpected(Fault{fmt::format("{}: {}", what, error.message())});
}

Outcome<void> TakeAuthorities(ssl::context& context, const Access& access) {
  error_code error;
  if (access.insecure) return {};
  if (!access.ca_file.empty()) {
    (void)context.load_verify_file(access.ca_file, error);
    return Checked(error, access.ca_file + ": no certificate authorities can be read from it");
  }
  if (access.ca_pem.empty()) {
    (void)context.set_default_verify_paths(error);
    return Checked(error, "the system's certificate authorities");
  }
  (void)context.add_certificate_authority(boost::asio::buffer(access.ca_pem), error);
  return Checked(error, "certificate-authority-data");
}

Outcome<void> TakeCertificate(ssl::context& context, const Access& access) {
  if (access.certificate_pem.empty()) return {};
  error_code error;
  (void)context.use_certificate_chain(boost::asio::buffer(access.certificate_pem), error);
  if (error) return Checked(error, "client certificate");
  (void)context.use_private_key(boost::asio::buffer(access.key_pem), ssl::context::pem, error);
  return Checked(error, "client key");
}

// OpenSSL's own check of the name, so that its verdict says that it was the name.
void TakePeer(TlsStream& stream, const Access& access) {
  SSL* const tls = stream.native_handle();
  const std::string& name = access.server_name.empty() ? access.host : access.server_name;
  error_code not_an_address;
  boost::asio::ip::make_address(name, not_an_address);
  // SNI carries names only (RFC 6066).
  if (not_an_address) SSL_set_tlsext_host_name(tls, name.c_str());
  if (access.insecure) return;
  if (not_an_address) {
    SSL_set1_host(tls, name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name.c_str());
  }
  error_code ignored;
  (void)stream.set_verify_mode(ssl::verify_peer, ignored);
}

}  // namespace

Outcome<std::shared_ptr<TlsStream>> MakeTlsStream(boost::asio::ip::tcp::socket socket,
                                                  const Access& access) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (const auto taken = TakeAuthorities(context, access); !taken) {
    return tl::make_unexpected(taken.error());
  }
  if (const auto taken = TakeCertificate(context, access); !taken) {
    return tl::make_unexpected(taken.error());
  }
  auto stream = std::make_shared<TlsStream>(std::move(socket), context);
  TakePeer(*stream, access);
  return stream;
}

std::string HandshakeTrouble(TlsStream& stream, const error_code& error) {
  const long verdict = SSL_get_verify_result(stream.native_handle());
  if (verdict == X509_V_OK) return error.message();
  return fmt::format("{} ({})", error.message(), X509_verify_cert_error_string(verdict));
}

}  // namespace monoceros::kube
