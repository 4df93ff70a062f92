// SPDX-License-Identifier: Apache-2.0
// Judged by OpenSSL's own verification.
#include "agents/certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

namespace monoceros::agents {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow = std::chrono::system_clock::from_time_t(1'800'000'000);

template <auto free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

Certificate Read(const std::string& pem) {
  const std::unique_ptr<BIO, Freer<BIO_free>> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
}

// X509_V_OK, or why a server that trusts `authorities` refuses the client at `when`.
int Verify(const std::string& leaf, const std::vector<std::string>& authorities,
           TimePoint when = kNow, int purpose = X509_PURPOSE_SSL_CLIENT) {
  const std::unique_ptr<X509_STORE, Freer<X509_STORE_free>> store(X509_STORE_new());
  for (const std::string& authority : authorities) {
    X509_STORE_add_cert(store.get(), Read(authority).get());
  }
  const std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  const Certificate certificate = Read(leaf);
  X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, std::chrono::system_clock::to_time_t(when));
  X509_VERIFY_PARAM_set_purpose(param, purpose);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

KeyPair Authority() { return MakeAuthority(kNow).value_or(KeyPair()); }

KeyPair Leaf(const KeyPair& authority) {
  const auto leaf = IssueLeaf(authority, kOperatorName, kNow, 24h);
  EXPECT_TRUE(leaf) << leaf.error().message;
  return leaf.value_or(KeyPair());
}

TEST(Certificates, a_leaf_is_a_client_of_its_authority) {
  const KeyPair authority = Authority();
  EXPECT_EQ(Verify(Leaf(authority).certificate, {authority.certificate}), X509_V_OK);
}

TEST(Certificates, a_leaf_is_no_server) {
  const KeyPair authority = Authority();
  EXPECT_EQ(
      Verify(Leaf(authority).certificate, {authority.certificate}, kNow, X509_PURPOSE_SSL_SERVER),
      X509_V_ERR_INVALID_PURPOSE);
}

TEST(Certificates, a_leaf_is_nobody_to_another_authority) {
  EXPECT_NE(Verify(Leaf(Authority()).certificate, {Authority().certificate}), X509_V_OK);
}

TEST(Certificates, leaves_of_two_authorities_are_accepted_by_a_bundle_of_both) {
  const KeyPair old = Authority();
  const KeyPair next = Authority();
  const std::vector<std::string> bundle{next.certificate, old.certificate};
  EXPECT_EQ(Verify(Leaf(old).certificate, bundle), X509_V_OK);
  EXPECT_EQ(Verify(Leaf(next).certificate, bundle), X509_V_OK);
}

TEST(Certificates, a_leaf_has_the_operators_name) {
  const Certificate leaf = Read(Leaf(Authority()).certificate);
  EXPECT_EQ(X509_check_host(leaf.get(), kOperatorName, 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "other.monoceros.dev", 0, 0, nullptr), 0);
}

TEST(Certificates, a_leaf_signs_nobody) {
  const KeyPair authority = Authority();
  const KeyPair leaf = Leaf(authority);
  const KeyPair second = Leaf(leaf);
  EXPECT_NE(Verify(second.certificate, {authority.certificate, leaf.certificate}), X509_V_OK);
}

TEST(Certificates, a_leaf_holds_from_five_minutes_ago_to_its_end) {
  const KeyPair authority = Authority();
  const std::string leaf = Leaf(authority).certificate;
  EXPECT_EQ(NotAfter(leaf), kNow + 24h);
  EXPECT_EQ(Verify(leaf, {authority.certificate}, kNow - 4min), X509_V_OK);
  EXPECT_EQ(Verify(leaf, {authority.certificate}, kNow - 6min), X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(Verify(leaf, {authority.certificate}, kNow + 25h), X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(Certificates, an_authority_holds_ten_years) {
  const auto end = NotAfter(Authority().certificate);
  ASSERT_TRUE(end);
  EXPECT_GE(*end, kNow + 10 * 365 * 24h);
  EXPECT_LE(*end, kNow + 10 * 366 * 24h);
}

TEST(Certificates, keys_and_names_are_new_each_time) {
  const KeyPair first = Authority();
  const KeyPair second = Authority();
  EXPECT_NE(first.key, second.key);
  EXPECT_NE(X509_NAME_cmp(X509_get_subject_name(Read(first.certificate).get()),
                          X509_get_subject_name(Read(second.certificate).get())),
            0);
}

TEST(Certificates, a_key_of_another_certificate_signs_nothing) {
  const auto leaf = IssueLeaf({Authority().certificate, Authority().key}, kOperatorName, kNow, 1h);
  ASSERT_FALSE(leaf);
  EXPECT_NE(leaf.error().message.find("key is not the one of its certificate"), std::string::npos)
      << leaf.error().message;
}

TEST(Certificates, what_is_no_pem_or_no_name_is_an_error) {
  const KeyPair authority = Authority();
  EXPECT_FALSE(NotAfter("nonsense"));
  EXPECT_FALSE(NotAfter(""));
  EXPECT_FALSE(IssueLeaf({"nonsense", authority.key}, kOperatorName, kNow, 1h));
  EXPECT_FALSE(IssueLeaf({authority.certificate, ""}, kOperatorName, kNow, 1h));
  EXPECT_FALSE(IssueLeaf(authority, "a,DNS:b", kNow, 1h));
  EXPECT_FALSE(IssueLeaf(authority, "", kNow, 1h));
}

}  // namespace
}  // namespace monoceros::agents
