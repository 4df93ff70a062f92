// SPDX-License-Identifier: Apache-2.0
#include "tls_peer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>

namespace monoceros::kube {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

void Check(bool fine) {
  if (!fine) throw std::runtime_error("OpenSSL");
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

void Extend(X509* certificate, int id, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()), &X509_EXTENSION_free);
  Check(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void Fill(X509* certificate, EVP_PKEY* key, const std::string& names) {
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>("test");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  Extend(certificate, NID_subject_alt_name, names);
  Extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  Check(X509_sign(certificate, key, EVP_sha256()) > 0);
}

}  // namespace

Identity MakeIdentity(const std::string& names) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  Fill(certificate.get(), key.get(), names);
  const std::unique_ptr<BIO, decltype(&BIO_free)> first(BIO_new(BIO_s_mem()), &BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> second(BIO_new(BIO_s_mem()), &BIO_free);
  Check(PEM_write_bio_X509(first.get(), certificate.get()) == 1);
  Check(PEM_write_bio_PrivateKey(second.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
        1);
  return {Text(first.get()), Text(second.get())};
}

TlsPeer::TlsPeer(asio::io_context& io, const Identity& identity)
    : io_(io),
      context_(ssl::context::tls_server),
      acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  Use(identity);
  asio::co_spawn(io_, Accept(), asio::detached);
}

void TlsPeer::Use(const Identity& identity) {
  context_.use_certificate(asio::buffer(identity.certificate_pem), ssl::context::pem);
  context_.use_private_key(asio::buffer(identity.key_pem), ssl::context::pem);
}

void TlsPeer::Require(const std::string& authority_pem) {
  context_.add_certificate_authority(asio::buffer(authority_pem));
  context_.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
}

asio::awaitable<void> TlsPeer::Accept() {
  for (;;) {
    tcp::socket socket(io_);
    error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    asio::co_spawn(io_, Serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> TlsPeer::Serve(tcp::socket socket) {
  ssl::stream<tcp::socket> stream(std::move(socket), context_);
  error_code error;
  co_await stream.async_handshake(ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  std::string request;
  co_await asio::async_read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n",
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  const std::string answer =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 23\r\n\r\n"
      "{\"gitVersion\":\"v1.2.3\"}";
  co_await asio::async_write(stream, asio::buffer(answer),
                             asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace monoceros::kube
