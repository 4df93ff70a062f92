// SPDX-License-Identifier: Apache-2.0
#include "agent/own_certificate.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "base/syscall.h"

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;

template <auto free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;

constexpr long kSlackSeconds = 300;  // for clocks that differ
constexpr long kLifetimeSeconds = 10L * 365 * 24 * 3600;

tl::unexpected<base::Error> OpenSslFailed() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return Fail(fmt::format("OpenSSL cannot make a self-signed certificate: {}", text));
}

bool SetSerial(X509* certificate) {
  uint64_t number = 0;
  return RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number) == 1;
}

bool SetNames(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>("monoceros-agent");
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool Fill(X509* certificate, EVP_PKEY* key) {
  return X509_set_version(certificate, X509_VERSION_3) == 1 && SetSerial(certificate) &&
         SetNames(certificate) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kSlackSeconds) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kLifetimeSeconds) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0;
}

// An open memory file with what the BIO holds.
Result<base::Fd> ToMemoryFile(const char* name, BIO* bio) {
  const char* text = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &text));
  base::Fd file(::memfd_create(name, MFD_CLOEXEC));
  const auto written =
      file ? base::RetryOnEintr([&] { return ::write(file.get(), text, size); }) : -1;
  if (written == static_cast<ssize_t>(size)) return file;
  return Fail(fmt::format("a memory file for the agent's certificate cannot be made: {}",
                          std::strerror(errno)));
}

std::string PathOf(const base::Fd& file) { return fmt::format("/proc/self/fd/{}", file.get()); }

}  // namespace

Result<OwnCertificate> OwnCertificate::Make() {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  if (!key || !certificate || !Fill(certificate.get(), key.get())) return OpenSslFailed();
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return OpenSslFailed();
  }
  auto certificate_file = ToMemoryFile("monoceros-certificate", certificate_text.get());
  if (!certificate_file) return tl::make_unexpected(certificate_file.error());
  auto key_file = ToMemoryFile("monoceros-key", key_text.get());
  if (!key_file) return tl::make_unexpected(key_file.error());
  return OwnCertificate(std::move(*certificate_file), std::move(*key_file));
}

std::string OwnCertificate::certificate_path() const { return PathOf(certificate_); }

std::string OwnCertificate::key_path() const { return PathOf(key_); }

}  // namespace monoceros::agent
