// SPDX-License-Identifier: Apache-2.0
#include "runtime/leader_elector.h"

#include <functional>
#include <memory>

#include "run.h"
#include "runtime/deadline.h"
#include "runtime/operator_metrics.h"
#include "runtime/task_group.h"
#include "scripted_server.h"

namespace monoceros::runtime {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Reply = ScriptedServer::Reply;
using Request = ScriptedServer::Request;

// One Lease with the API server's rules; `away` makes it silent, `broken` answers 500.
class LeaderElectorTest : public testing::Test {
 protected:
  LeaderElectorTest() {
    kube::ClientOptions options;
    options.user_agent = "test";
    options.requests_per_second = 1000;
    client_ = std::make_unique<kube::Client>(io_.get_executor(), server_.access(), options);
  }

  std::optional<Reply> Answer(const Request& request) {
    if (away_) return std::nullopt;
    if (broken_) return ScriptedServer::Failure(500, "InternalError");
    const std::string collection = "/apis/coordination.k8s.io/v1/namespaces/sys/leases";
    EXPECT_TRUE(request.target.starts_with(collection)) << request.target;
    if (request.method == "POST") return Create(request.body);
    if (lease_.is_null()) return ScriptedServer::Failure(404, "NotFound");
    if (request.method == "GET") return Reply{200, lease_};
    if (kube::ResourceVersionOf(request.body) != kube::ResourceVersionOf(lease_)) {
      return ScriptedServer::Failure(409, "Conflict");
    }
    return Reply{200, Store(request.body)};
  }

  std::optional<Reply> Create(const kube::Json& lease) {
    if (!lease_.is_null()) return ScriptedServer::Failure(409, "AlreadyExists");
    return Reply{201, Store(lease)};
  }

  const kube::Json& Store(kube::Json lease) {
    lease_ = std::move(lease);
    lease_["metadata"]["resourceVersion"] = std::to_string(++version_);
    return lease_;
  }

  void StoreHolder(const std::string& holder, int seconds) {
    LeaseRecord record{.holder = holder, .duration = std::chrono::seconds(seconds)};
    record.acquired = record.renewed = "2026-11-21T10:00:00.00000" + std::to_string(version_) + "Z";
    record.transitions = 3;
    Store(WithRecord(lease_, {"sys", "monoceros-operator"}, record));
  }

  LeaseRecord Record() const { return ReadLease(lease_); }

  std::unique_ptr<LeaderElector> Elector(const std::string& identity) {
    LeaderElector::Options options{.ns = "sys", .identity = identity};
    options.renew_within = 1s;
    options.retry = 0s;
    return std::make_unique<LeaderElector>(*client_, options, &metrics_);
  }

  static asio::awaitable<void> Lead(LeaderElector& elector, bool& started, std::string& lost) {
    lost = co_await elector.Run([&started] { started = true; });
  }

  // Until the elector leads; then `then`, and all ends.
  asio::awaitable<void> LeadAnd(LeaderElector& elector,
                                std::function<asio::awaitable<void>()> then) {
    TaskGroup group(co_await asio::this_coro::executor);
    group.Spawn(Lead(elector, started_, lost_));
    co_await Until([this] { return started_; });
    co_await then();
    group.Cancel();
    co_await group.Wait();
  }

  // Another renews its Lease of 1 s for 2 s.
  asio::awaitable<void> FollowRenewals(LeaderElector& elector) {
    TaskGroup group(co_await asio::this_coro::executor);
    group.Spawn(Lead(elector, started_, lost_));
    const auto end = std::chrono::steady_clock::now() + 2s;
    while (std::chrono::steady_clock::now() < end) {
      StoreHolder("other", 1);
      co_await Turn();
    }
    group.Cancel();
    co_await group.Wait();
  }

  asio::awaitable<void> UntilVersion(int version) {
    co_await Until([this, version] { return version_ >= version; });
  }
  asio::awaitable<void> UntilLost() {
    co_await Until([this] { return !lost_.empty(); });
  }
  asio::awaitable<void> TakeAway() {
    StoreHolder("other", 15);
    return UntilLost();
  }
  asio::awaitable<void> GoAway() {
    away_ = true;
    return UntilLost();
  }
  asio::awaitable<void> Break() {
    broken_ = true;
    return UntilLost();
  }

  // Errors for a moment, and somebody who labels the Lease.
  asio::awaitable<void> Disturb() {
    broken_ = true;
    const size_t count = server_.requests().size();
    co_await Until([this, count] { return server_.requests().size() > count + 2; });
    broken_ = false;
    kube::Json labelled = lease_;
    labelled["metadata"]["labels"] = {{"team", "web"}};
    Store(std::move(labelled));
    const int version = version_;
    co_await Until([this, version] { return version_ > version + 1; });
  }

  asio::awaitable<void> Race(LeaderElector& first, LeaderElector& second) {
    TaskGroup group(co_await asio::this_coro::executor);
    bool second_started = false;
    group.Spawn(Lead(first, started_, lost_));
    group.Spawn(Lead(second, second_started, lost_));
    co_await Until([this] { return version_ >= 10; });
    EXPECT_NE(started_, second_started);
    group.Cancel();
    co_await group.Wait();
  }

  asio::io_context io_;
  kube::Json lease_;
  int version_ = 0;
  bool away_ = false;
  bool broken_ = false;
  ScriptedServer server_{io_, [this](const Request& request) { return Answer(request); }};
  OperatorMetrics metrics_;
  std::unique_ptr<kube::Client> client_;
  bool started_ = false;
  std::string lost_;
};

TEST_F(LeaderElectorTest, makes_a_lease_that_is_missing_and_renews_it) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, [this] { return UntilVersion(4); }));
  EXPECT_TRUE(elector->leading());
  EXPECT_EQ(Record().holder, "me");
  EXPECT_EQ(Record().duration, 15s);
  EXPECT_EQ(Record().transitions, 0);
  EXPECT_EQ(Record().renewed.size(), std::string("2026-11-21T10:00:00.000000Z").size());
  EXPECT_NE(metrics_.Text().find("leader_election_master_status{name=\"monoceros-operator\"} 1\n"),
            std::string::npos);
}

TEST_F(LeaderElectorTest, renews_with_one_request) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, [this] { return UntilVersion(4); }));
  int gets = 0;
  for (const Request& request : server_.requests()) gets += request.method == "GET" ? 1 : 0;
  EXPECT_EQ(gets, 1);
}

TEST_F(LeaderElectorTest, takes_a_lease_that_was_given_up_at_once) {
  StoreHolder("", 1);
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, Turn));
  EXPECT_EQ(Record().holder, "me");
  EXPECT_EQ(Record().transitions, 4);
}

TEST_F(LeaderElectorTest, takes_a_lease_whose_holder_was_silent_for_its_duration) {
  StoreHolder("other", 1);
  const auto elector = Elector("me");
  const auto start = std::chrono::steady_clock::now();
  RunOn(io_, LeadAnd(*elector, Turn));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 1s);
  EXPECT_EQ(Record().holder, "me");
}

TEST_F(LeaderElectorTest, waits_as_long_as_the_holder_renews) {
  StoreHolder("other", 1);
  const auto elector = Elector("me");
  RunOn(io_, FollowRenewals(*elector));
  EXPECT_FALSE(started_);
  EXPECT_EQ(Record().holder, "other");
}

TEST_F(LeaderElectorTest, gives_it_up_when_asked) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, Turn));
  EXPECT_TRUE(elector->leading());
  RunOn(io_, elector->Release());
  EXPECT_FALSE(elector->leading());
  EXPECT_EQ(Record().holder, "");
  EXPECT_EQ(Record().duration, 1s);
}

TEST_F(LeaderElectorTest, does_not_give_up_what_another_has) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, Turn));
  StoreHolder("other", 15);
  RunOn(io_, elector->Release());
  EXPECT_EQ(Record().holder, "other");
}

TEST_F(LeaderElectorTest, has_lost_it_when_another_took_it) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, [this] { return TakeAway(); }));
  EXPECT_FALSE(elector->leading());
  EXPECT_EQ(lost_, "the Lease sys/monoceros-operator is held by other");
}

TEST_F(LeaderElectorTest, has_lost_it_when_the_api_server_is_silent_for_too_long) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, [this] { return GoAway(); }));
  EXPECT_TRUE(lost_.starts_with("the Lease sys/monoceros-operator could not be renewed within 1 s"))
      << lost_;
}

TEST_F(LeaderElectorTest, says_why_it_could_not_be_renewed) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, [this] { return Break(); }));
  EXPECT_NE(lost_.find("scripted InternalError"), std::string::npos) << lost_;
}

TEST_F(LeaderElectorTest, keeps_it_over_a_short_fault_and_a_strange_write) {
  const auto elector = Elector("me");
  RunOn(io_, LeadAnd(*elector, [this] { return Disturb(); }));
  EXPECT_TRUE(elector->leading());
  EXPECT_EQ(lost_, "");
  EXPECT_EQ(Record().holder, "me");
}

TEST_F(LeaderElectorTest, only_one_of_two_leads) {
  const auto first = Elector("first");
  const auto second = Elector("second");
  RunOn(io_, Race(*first, *second));
  EXPECT_NE(first->leading(), second->leading());
  EXPECT_EQ(Record().holder, first->leading() ? "first" : "second");
}

}  // namespace
}  // namespace monoceros::runtime
