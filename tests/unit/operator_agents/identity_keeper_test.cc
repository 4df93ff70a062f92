// SPDX-License-Identifier: Apache-2.0
#include "agents/identity_keeper.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "agents/identity_secret.h"
#include "run.h"
#include "scripted_server.h"

namespace monoceros::agents {
namespace {

using namespace std::chrono_literals;
using runtime::ScriptedServer;
using testing::HasSubstr;
using testing::Not;

constexpr auto kDay = 24h;
constexpr auto kYear = 365 * kDay;
const TimePoint kNow = std::chrono::system_clock::from_time_t(1'800'000'000);

// An API server with one Secret, or none.
class IdentityKeeperTest : public testing::Test {
 protected:
  kube::Result<void> Keep(IdentityKeeper& which, TimePoint now) {
    std::optional<kube::Result<void>> result;
    runtime::RunOn(io, Store(which.Keep(now), result));
    return std::move(*result);
  }
  kube::Result<void> Keep(TimePoint now) { return Keep(keeper, now); }

  static boost::asio::awaitable<void> Store(boost::asio::awaitable<kube::Result<void>> work,
                                            std::optional<kube::Result<void>>& result) {
    result = co_await std::move(work);
  }

  std::optional<ScriptedServer::Reply> Answer(const ScriptedServer::Request& request) {
    if (request.method == "GET") {
      if (secret.is_null()) return ScriptedServer::Failure(404, "NotFound");
      return ScriptedServer::Reply{200, secret};
    }
    if (const kube::Json faster = std::exchange(others, kube::Json()); !faster.is_null()) {
      const bool create = secret.is_null();
      secret = faster;
      return ScriptedServer::Failure(409, create ? "AlreadyExists" : "Conflict");
    }
    secret = request.body;
    secret["metadata"]["resourceVersion"] = std::to_string(++version);
    return ScriptedServer::Reply{request.method == "POST" ? 201 : 200, secret};
  }

  StoredAuthority Stored() const { return ParseSecret(secret).value_or(StoredAuthority()); }
  static kube::Json SecretMadeAt(TimePoint when) {
    return SecretOf({MakeAuthority(when).value(), ""}, "system", "1");
  }
  size_t Writes() const {
    return static_cast<size_t>(
        std::count_if(server.requests().begin(), server.requests().end(),
                      [](const auto& request) { return request.method != "GET"; }));
  }

  boost::asio::io_context io;
  kube::Json secret;
  kube::Json others;  // what another operator writes just before us
  int version = 1;
  ScriptedServer server{io, [this](const auto& request) { return Answer(request); }};
  kube::Client client{io.get_executor(), server.access(), {}};
  IdentityKeeper keeper{client, "system"};
};

TEST_F(IdentityKeeperTest, the_first_makes_the_authority_and_a_leaf_of_it) {
  ASSERT_TRUE(Keep(kNow));
  EXPECT_EQ(secret["metadata"]["namespace"], "system");
  EXPECT_EQ(keeper.bundle(), Stored().current.certificate);
  EXPECT_EQ(NotAfter(keeper.leaf().certificate), kNow + kDay);
  EXPECT_THAT(keeper.bundle(), Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(IdentityKeeperTest, the_next_takes_the_same_authority) {
  ASSERT_TRUE(Keep(kNow));
  IdentityKeeper second(client, "system");
  ASSERT_TRUE(Keep(second, kNow));
  EXPECT_EQ(second.bundle(), keeper.bundle());
  EXPECT_NE(second.leaf(), keeper.leaf());
  EXPECT_EQ(Writes(), 1);
}

TEST_F(IdentityKeeperTest, a_lost_race_takes_the_other_authority) {
  others = SecretMadeAt(kNow);
  ASSERT_TRUE(Keep(kNow));
  EXPECT_EQ(keeper.bundle(), Stored().current.certificate);
  EXPECT_EQ(Writes(), 1);
}

TEST_F(IdentityKeeperTest, nothing_is_asked_while_nothing_is_due) {
  ASSERT_TRUE(Keep(kNow));
  const size_t asked = server.requests().size();
  const KeyPair leaf = keeper.leaf();
  ASSERT_TRUE(Keep(kNow + 15h));
  EXPECT_EQ(server.requests().size(), asked);
  EXPECT_EQ(keeper.leaf(), leaf);
}

TEST_F(IdentityKeeperTest, the_leaf_is_renewed_after_two_thirds) {
  ASSERT_TRUE(Keep(kNow));
  ASSERT_TRUE(Keep(kNow + 16h));
  EXPECT_EQ(NotAfter(keeper.leaf().certificate), kNow + 16h + kDay);
  EXPECT_EQ(Writes(), 1);
}

TEST_F(IdentityKeeperTest, the_leaf_in_use_stays_while_the_api_does_not_answer) {
  ASSERT_TRUE(Keep(kNow));
  const KeyPair leaf = keeper.leaf();
  secret = kube::Json("nonsense");
  EXPECT_FALSE(Keep(kNow + 16h));
  EXPECT_EQ(keeper.leaf(), leaf);
  EXPECT_THAT(keeper.bundle(), HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(IdentityKeeperTest, an_authority_near_its_end_gets_a_successor_and_both_are_trusted) {
  secret = SecretMadeAt(kNow - 9 * kYear - 10 * kDay);
  const std::string old = Stored().current.certificate;
  ASSERT_TRUE(Keep(kNow));
  EXPECT_EQ(Writes(), 1);
  EXPECT_EQ(Stored().previous, old);
  EXPECT_EQ(keeper.bundle(), Stored().current.certificate + old);
  ASSERT_TRUE(Keep(kNow + kYear));
  EXPECT_EQ(keeper.bundle(), Stored().current.certificate) << "the old one has ended";
  EXPECT_EQ(Writes(), 1);
}

TEST_F(IdentityKeeperTest, the_leaf_in_use_outlives_a_succession_until_its_own_renewal) {
  secret = SecretMadeAt(kNow);
  ASSERT_TRUE(Keep(kNow));
  const TimePoint due = NotAfter(keeper.bundle()).value() - kYear;
  ASSERT_TRUE(Keep(due - 1h));
  ASSERT_EQ(Writes(), 0);
  const KeyPair leaf = keeper.leaf();
  ASSERT_TRUE(Keep(due));
  ASSERT_EQ(Writes(), 1);
  EXPECT_EQ(keeper.leaf(), leaf);
  ASSERT_TRUE(Keep(due + 15h));
  EXPECT_NE(keeper.leaf(), leaf);
  EXPECT_EQ(Writes(), 1);
}

TEST_F(IdentityKeeperTest, a_lost_race_for_the_successor_takes_the_other_one) {
  secret = SecretMadeAt(kNow - 10 * kYear + 30 * kDay);
  others = SecretMadeAt(kNow);
  ASSERT_TRUE(Keep(kNow));
  EXPECT_EQ(keeper.bundle(), Stored().current.certificate);
}

TEST_F(IdentityKeeperTest, an_authority_that_somebody_replaced_is_taken_with_a_new_leaf) {
  ASSERT_TRUE(Keep(kNow));
  const KeyPair leaf = keeper.leaf();
  secret = SecretMadeAt(kNow);
  ASSERT_TRUE(Keep(kNow + 16h));
  EXPECT_EQ(keeper.bundle(), Stored().current.certificate);
  EXPECT_NE(keeper.leaf(), leaf);
}

TEST_F(IdentityKeeperTest, a_broken_secret_is_an_error_that_says_what_to_do) {
  const kube::Json good = SecretMadeAt(kNow);
  const kube::Json other = SecretMadeAt(kNow);
  const auto broken = [&](const char* key, const kube::Json& value) {
    secret = good;
    secret["data"][key] = value;
    const auto kept = Keep(kNow);
    return kept ? std::string("no error") : kept.error().message;
  };
  for (const std::string& message :
       {broken("tls.crt", ""), broken("tls.crt", "bm9uc2Vuc2U="), broken("tls.key", nullptr),
        broken("tls.key", "bm9uc2Vuc2U="), broken("tls.key", other["data"]["tls.key"])}) {
    EXPECT_THAT(message, HasSubstr("the Secret system/monoceros-operator-ca cannot be used"));
    EXPECT_THAT(message, HasSubstr("delete it and restart the operator"));
  }
  EXPECT_EQ(Writes(), 0) << "it was not overwritten";
}

}  // namespace
}  // namespace monoceros::agents
