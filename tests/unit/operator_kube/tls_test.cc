// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "client_fixture.h"
#include "temporary_folder.h"
#include "tls_peer.h"

namespace monoceros::kube {
namespace {

using testing::HasSubstr;

class TlsTest : public ClientFixture {
 protected:
  Access AccessWith(const std::string& authority_pem) const {
    Access access;
    access.host = "127.0.0.1";
    access.port = peer_.port();
    access.ca_pem = authority_pem;
    return access;
  }
  Result<std::string> Ask(const Access& access) {
    UseAccess(access);
    return Await(client().ServerVersion());
  }
  void ExpectRefused(const Access& access, const std::string& why) {
    const Result<std::string> version = Ask(access);
    ASSERT_FALSE(version.has_value());
    EXPECT_EQ(version.error().status, 0);
    EXPECT_THAT(version.error().message, HasSubstr(why));
  }

  Identity identity_ = MakeIdentity("IP:127.0.0.1,DNS:kubernetes.default.svc");
  TlsPeer peer_{io_, identity_};
};

TEST_F(TlsTest, accepts_a_certificate_for_the_address) {
  const Result<std::string> version = Ask(AccessWith(identity_.certificate_pem));
  ASSERT_TRUE(version.has_value()) << version.error().message;
  EXPECT_EQ(*version, "v1.2.3");
}

TEST_F(TlsTest, accepts_a_certificate_for_the_name_that_it_must_have) {
  Access access = AccessWith(identity_.certificate_pem);
  access.server_name = "kubernetes.default.svc";
  EXPECT_TRUE(Ask(access).has_value());
}

TEST_F(TlsTest, refuses_a_certificate_for_another_name_or_address) {
  Access access = AccessWith(identity_.certificate_pem);
  access.server_name = "example.org";
  ExpectRefused(access, "hostname mismatch");
  peer_.Use(MakeIdentity("IP:127.0.0.2"));
  ExpectRefused(AccessWith(identity_.certificate_pem), "self-signed certificate");
  const Identity other = MakeIdentity("IP:127.0.0.2");
  peer_.Use(other);
  ExpectRefused(AccessWith(other.certificate_pem), "IP address mismatch");
}

TEST_F(TlsTest, refuses_an_unknown_authority_unless_told_otherwise) {
  Access access = AccessWith(MakeIdentity("IP:127.0.0.1").certificate_pem);
  ExpectRefused(access, "self-signed certificate");
  access.insecure = true;
  EXPECT_TRUE(Ask(access).has_value());
}

TEST_F(TlsTest, reads_authorities_again_for_each_connection) {
  const TemporaryFolder folder;
  Access access = AccessWith("");
  access.ca_file = folder.Write("ca.crt", identity_.certificate_pem);
  EXPECT_TRUE(Ask(access).has_value());
  const Identity next = MakeIdentity("IP:127.0.0.1");
  peer_.Use(next);
  EXPECT_FALSE(Await(client().ServerVersion()).has_value());
  folder.Write("ca.crt", next.certificate_pem);
  EXPECT_TRUE(Await(client().ServerVersion()).has_value());
}

TEST_F(TlsTest, names_a_file_that_has_no_authorities) {
  Access access = AccessWith("");
  access.ca_file = "/nowhere/ca.crt";
  ExpectRefused(access, "/nowhere/ca.crt");
}

TEST_F(TlsTest, shows_its_client_certificate) {
  const Identity own = MakeIdentity("DNS:operator");
  peer_.Require(own.certificate_pem);
  Access access = AccessWith(identity_.certificate_pem);
  EXPECT_FALSE(Ask(access).has_value());
  access.certificate_pem = own.certificate_pem;
  access.key_pem = own.key_pem;
  EXPECT_TRUE(Ask(access).has_value());
}

}  // namespace
}  // namespace monoceros::kube
