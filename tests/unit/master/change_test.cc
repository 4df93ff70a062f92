// SPDX-License-Identifier: Apache-2.0
#include "master/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "master/template_kind.h"

namespace monoceros::master {
namespace {

using testing::HasSubstr;

constexpr base::Nanoseconds kSecond = base::kNanosecondsPerSecond;

config::Settings Configured() {
  config::Settings settings;
  settings.workers = 2;
  settings.worker_class = "sync";
  settings.application = "app:wsgi";
  settings.asgi_app = "app:asgi";
  return settings;
}

// A server whose template and pool are what the test says.
class FakeServer final : public ServerControl {
 public:
  explicit FakeServer(LiveState& live) : live_(live) {}

  base::Result<void> Fits(const config::Settings&) const override { return {}; }
  void AdoptSettings() override { ++adopted; }
  PoolProgress Progress() const override { return progress; }
  WorkerPool& pool() override { std::abort(); }
  bool reloading() const override { return false; }
  bool switching() const override { return !ShareTemplate(serving, live_.settings()); }
  bool ending() const override { return false; }
  base::Result<void> BeginReload() override { return {}; }
  void Publish() override {}
  void Drain(std::optional<double>) override {}

  config::Settings serving = Configured();
  PoolProgress progress{.ready = 2};
  int adopted = 0;

 private:
  LiveState& live_;
};

class ChangeTest : public testing::Test {
 protected:
  Change MakeChange(const std::string& worker_class, double converge_within = 0) {
    ChangeOrder order;
    order.change.worker_class = worker_class;
    order.converge_within = converge_within;
    return {server_, live_, std::move(order)};
  }

  LiveState live_{Configured()};
  FakeServer server_{live_};
};

TEST_F(ChangeTest, of_the_template_says_what_is_loaded_and_waits_for_it) {
  Change change = MakeChange("asgi");
  ASSERT_FALSE(change.Begin(0));
  EXPECT_THAT(change.TakeReport()->message, HasSubstr("loading the application for asgi"));
  EXPECT_FALSE(change.Follow(0)) << "the old pool is complete, the new one is not there";
  change.OnReload({});
  EXPECT_EQ(change.Follow(0)->code, "");
  EXPECT_EQ(live_.settings().worker_class, "asgi");
}

TEST_F(ChangeTest, of_the_template_is_rolled_back_when_it_does_not_come_up) {
  Change change = MakeChange("asgi");
  ASSERT_FALSE(change.Begin(0));
  change.OnReload("no module named app");
  const auto outcome = change.Follow(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->code, "aborted");
  EXPECT_EQ(outcome->message, "rolled back: no module named app");
  EXPECT_EQ(live_.settings().worker_class, "sync");
  EXPECT_EQ(server_.adopted, 2);
}

TEST_F(ChangeTest, of_the_template_is_rolled_back_when_it_takes_longer_than_was_asked_for) {
  Change change = MakeChange("asgi", 1);
  ASSERT_FALSE(change.Begin(0));
  EXPECT_FALSE(change.Follow(kSecond - 1));
  EXPECT_THAT(change.Follow(kSecond)->message, HasSubstr("took too long"));
  EXPECT_EQ(live_.settings().worker_class, "sync");
}

TEST_F(ChangeTest, does_not_mind_workers_that_fail_while_the_new_template_loads) {
  Change change = MakeChange("asgi");
  ASSERT_FALSE(change.Begin(0));
  change.OnBootFailure("of the old application");
  EXPECT_FALSE(change.Follow(0));
}

TEST_F(ChangeTest, within_one_template_loads_nothing) {
  Change change = MakeChange("gthread");
  ASSERT_FALSE(change.Begin(0));
  EXPECT_EQ(change.Follow(0)->code, "");
}

}  // namespace
}  // namespace monoceros::master
