// SPDX-License-Identifier: Apache-2.0
#include "agents/certificates.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

namespace monoceros::agents {
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
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;

constexpr std::chrono::minutes kClockSlack{5};
constexpr std::chrono::hours kAuthorityLifetime{24 * 3653};

tl::unexpected<base::Error> OpenSslFailed(std::string_view what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return Fail(fmt::format("{}: {}", what, text));
}

Bio Reading(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string Content(BIO* bio) {
  const char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<size_t>(size)};
}

// What goes into a certificate; the issuer is null when it signs itself.
struct Plan {
  std::string name;
  TimePoint from;
  TimePoint until;
  X509* issuer;
};

struct ExtensionText {
  int nid;
  std::string value;
};

bool SetSerial(X509* certificate, uint64_t serial) {
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1;
}

bool SetTimes(X509* certificate, const Plan& plan) {
  using std::chrono::system_clock;
  return ASN1_TIME_set(X509_getm_notBefore(certificate), system_clock::to_time_t(plan.from)) !=
             nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), system_clock::to_time_t(plan.until)) !=
             nullptr;
}

// The issuer's name is the subject's when it signs itself.
bool SetNames(X509* certificate, const Plan& plan) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto* name = reinterpret_cast<const unsigned char*>(plan.name.c_str());
  if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) != 1) return false;
  X509_NAME* issuer = plan.issuer == nullptr ? subject : X509_get_subject_name(plan.issuer);
  return X509_set_issuer_name(certificate, issuer) == 1;
}

bool Extend(X509* certificate, const Plan& plan, const ExtensionText& text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509* issuer = plan.issuer == nullptr ? certificate : plan.issuer;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, text.nid, text.value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

template <typename Extensions>
bool Fill(X509* certificate, EVP_PKEY* key, EVP_PKEY* signer, uint64_t serial, const Plan& plan,
          const Extensions& extensions) {
  const bool named = X509_set_version(certificate, X509_VERSION_3) == 1 &&
                     SetSerial(certificate, serial) && SetTimes(certificate, plan) &&
                     SetNames(certificate, plan) && X509_set_pubkey(certificate, key) == 1;
  if (!named) return false;
  for (const ExtensionText& extension : extensions) {
    if (!Extend(certificate, plan, extension)) return false;
  }
  return X509_sign(certificate, signer, EVP_sha256()) > 0;
}

Result<KeyPair> ToPem(X509* certificate, EVP_PKEY* key) {
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpenSslFailed("a certificate cannot be written as PEM");
  }
  return KeyPair{Content(certificate_text.get()), Content(key_text.get())};
}

Result<uint64_t> NewSerial() {
  uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) {
    return OpenSslFailed("no random serial number can be had");
  }
  // A serial number is positive (RFC 5280 section 4.1.2.2).
  return serial >> 1 | 1;
}

Result<Certificate> ReadCertificate(const std::string& pem) {
  const Bio text = Reading(pem);
  Certificate certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  if (!certificate) return OpenSslFailed("this is no PEM certificate");
  return certificate;
}

// Refuses a key with a passphrase, for which OpenSSL would ask the terminal.
Result<Key> ReadKey(const std::string& pem) {
  const Bio text = Reading(pem);
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (!key) return OpenSslFailed("this is no PEM private key");
  return key;
}

bool IsDnsName(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

Result<KeyPair> MakeAuthority(TimePoint now) {
  const auto serial = NewSerial();
  if (!serial) return tl::make_unexpected(serial.error());
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  // Its own name, so that an authority and its successor are not taken for each other.
  const Plan plan{fmt::format("monoceros-operator {:08x}", *serial >> 32), now - kClockSlack,
                  now + kAuthorityLifetime, nullptr};
  const ExtensionText extensions[] = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                      {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                      {NID_subject_key_identifier, "hash"}};
  if (!key || !certificate ||
      !Fill(certificate.get(), key.get(), key.get(), *serial, plan, extensions)) {
    return OpenSslFailed("an authority cannot be made");
  }
  return ToPem(certificate.get(), key.get());
}

Result<KeyPair> IssueLeaf(const KeyPair& authority, const std::string& dns_name, TimePoint now,
                          std::chrono::hours lifetime) {
  if (!IsDnsName(dns_name)) return Fail(fmt::format("\"{}\" is no DNS name", dns_name));
  const auto issuer = ReadCertificate(authority.certificate);
  if (!issuer) return tl::make_unexpected(issuer.error());
  const auto signer = ReadKey(authority.key);
  if (!signer) return tl::make_unexpected(signer.error());
  if (X509_check_private_key(issuer->get(), signer->get()) != 1) {
    return OpenSslFailed("the authority's key is not the one of its certificate");
  }
  const auto serial = NewSerial();
  if (!serial) return tl::make_unexpected(serial.error());
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  const Plan plan{"monoceros-operator", now - kClockSlack, now + lifetime, issuer->get()};
  const ExtensionText extensions[] = {{NID_basic_constraints, "critical,CA:FALSE"},
                                      {NID_key_usage, "critical,digitalSignature"},
                                      {NID_ext_key_usage, "clientAuth"},
                                      {NID_subject_alt_name, "DNS:" + dns_name},
                                      {NID_subject_key_identifier, "hash"},
                                      {NID_authority_key_identifier, "keyid:always"}};
  if (!key || !certificate ||
      !Fill(certificate.get(), key.get(), signer->get(), *serial, plan, extensions)) {
    return OpenSslFailed("a certificate cannot be signed");
  }
  return ToPem(certificate.get(), key.get());
}

Result<TimePoint> NotAfter(const std::string& certificate) {
  const auto read = ReadCertificate(certificate);
  if (!read) return tl::make_unexpected(read.error());
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(read->get()), &parts) != 1) {
    return OpenSslFailed("the certificate's end cannot be read");
  }
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

}  // namespace monoceros::agents
