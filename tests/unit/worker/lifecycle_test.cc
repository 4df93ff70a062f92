// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "serving.h"

namespace monoceros::worker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

pid_t ParentOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  return std::stoi(line.substr(line.rfind(')') + 4));
}

class Lifecycle : public ViewsTest {};

TEST_P(Lifecycle, worker_is_the_masters_child) {
  Start();
  EXPECT_EQ(ParentOf(worker_->pid), ::getpid());
  EXPECT_NE(worker_->pid, program_->pid());
}

TEST_P(Lifecycle, worker_outlives_its_template) {
  Start();
  program_->CloseSocket();
  EXPECT_EQ(program_->AwaitExit(), 0);
  EXPECT_EQ(Get("/hello").body(), "Hello, world\n");
}

TEST_P(Lifecycle, worker_leaves_when_told_to) {
  for (const char* worker_class : {"sync", "gthread"}) {
    Start(worker_class, 2);
    Get("/hello");
    worker_->Stop();
    EXPECT_EQ(worker_->AwaitExit(), 0) << worker_class;
  }
}

TEST_P(Lifecycle, worker_leaves_when_its_master_is_gone) {
  for (const char* worker_class : {"sync", "gthread"}) {
    Start(worker_class, 2);
    worker_->CloseControl();
    EXPECT_EQ(worker_->AwaitExit(), 0) << worker_class;
  }
}

TEST_P(Lifecycle, stop_waits_for_the_running_exchange) {
  for (const char* worker_class : {"sync", "gthread"}) {
    Start(worker_class, 1);
    const channel::SlotIndex slot = worker_->Send({.target = "/sleep"});
    while (!worker_->IsTaken(slot)) ::usleep(100);
    worker_->Stop();
    EXPECT_EQ(worker_->Await(slot).body(), "slept") << worker_class;
    EXPECT_EQ(worker_->AwaitExit(), 0) << worker_class;
  }
}

TEST_P(Lifecycle, worker_serves_a_new_router) {
  for (const char* worker_class : {"sync", "gthread"}) {
    Start(worker_class, 2);
    Get("/hello");
    worker_->Attach();
    EXPECT_EQ(Get("/hello").body(), "Hello, world\n") << worker_class;
    worker_->Stop();
    EXPECT_EQ(worker_->AwaitExit(), 0) << worker_class;
  }
}

TEST_P(Lifecycle, exchange_of_a_dead_router_is_finished_before_the_new_one_is_served) {
  Start();
  const channel::SlotIndex slot = worker_->Send({.target = "/sleep"});
  while (!worker_->IsTaken(slot)) ::usleep(100);
  worker_->Attach();
  EXPECT_EQ(Get("/hello").body(), "Hello, world\n");
}

TEST_P(Lifecycle, signals_ask_for_a_replacement) {
  for (const int signal : {SIGTERM, SIGQUIT}) {
    Start();
    ::kill(worker_->pid, signal);
    const Json message = worker_->NextMessage();
    EXPECT_EQ(message["op"], "retire");
    EXPECT_EQ(message["reason"], "signal");
    EXPECT_EQ(Get("/hello").status, 200);
  }
}

TEST_P(Lifecycle, signals_to_the_whole_group_are_left_to_the_master) {
  Start();
  for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGQUIT}) {
    ::kill(program_->pid(), signal);
    ::kill(worker_->pid, signal);
  }
  EXPECT_EQ(Get("/hello").status, 200);
  EXPECT_NE(program_->Fork("sync", 1)->pid, -1);
}

TEST_P(Lifecycle, max_requests_asks_once_for_a_replacement) {
  Start("sync", 1, {{"max_requests", 3}, {"max_requests_jitter", 2}});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Get("/hello").status, 200);
  const Json message = worker_->NextMessage();
  EXPECT_EQ(message["reason"], "max_requests");
  worker_->Stop();
  EXPECT_TRUE(worker_->ControlClosed());
}

TEST_P(Lifecycle, gthread_runs_exchanges_at_the_same_time) {
  Start("gthread", 4);
  std::vector<channel::SlotIndex> slots;
  for (int i = 0; i < 4; ++i) slots.push_back(worker_->Send({.target = "/together"}));
  for (const channel::SlotIndex slot : slots) EXPECT_EQ(worker_->Await(slot).body(), "together");
}

TEST_P(Lifecycle, threads_have_names) {
  Start("gthread", 2);
  EXPECT_THAT(Get("/thread_name").body(), StartsWith("monoceros-thread-"));
  Start("sync", 1);
  EXPECT_EQ(Get("/thread_name").body(), "MainThread");
}

TEST_P(Lifecycle, child_of_the_application_answers_nothing) {
  for (const char* worker_class : {"sync", "gthread"}) {
    Start(worker_class, 1);
    EXPECT_EQ(Get("/forks").body(), "child left with 0") << worker_class;
    EXPECT_EQ(Get("/fork_exits").body(), "child left with 9") << worker_class;
    EXPECT_EQ(Get("/hello").status, 200) << worker_class;
  }
}

TEST_P(Lifecycle, requests_are_accounted_for) {
  Start("gthread", 1);
  EXPECT_EQ(Get("/sleep").body(), "slept");
  EXPECT_EQ(Get("/hello").status, 200);
  worker_->Stop();
  EXPECT_EQ(worker_->AwaitExit(), 0);
  const scoreboard::ThreadRow& row = worker_->scoreboard().thread(0, 0);
  EXPECT_EQ(row.requests, 2U);
  EXPECT_GE(row.busy_nanoseconds, 20'000'000U);
  EXPECT_GT(row.cpu_nanoseconds, 0U);
  EXPECT_LT(row.cpu_nanoseconds, row.busy_nanoseconds);
  EXPECT_EQ(row.busy_since, 0);
  EXPECT_EQ(row.request_id, 0U);
  EXPECT_EQ(worker_->stamps().page().requests, 2U);
  EXPECT_EQ(worker_->stamps().thread(0).busy_since, 0);
  EXPECT_GT(worker_->stamps().page().gil_acquired_at, 0);
}

TEST_P(Lifecycle, running_request_is_stamped) {
  Start();
  const channel::SlotIndex slot = worker_->Send({.target = "/sleep"});
  while (!worker_->IsTaken(slot)) ::usleep(100);
  const scoreboard::ThreadRow& row = worker_->scoreboard().thread(0, 0);
  while (row.request_id == 0U && row.requests == 0U) ::usleep(100);
  EXPECT_EQ(row.request_id, 1U);
  EXPECT_GT(row.busy_since, 0);
  EXPECT_LE(row.busy_since, base::MonotonicNow());
  EXPECT_EQ(row.busy_since, worker_->stamps().thread(0).busy_since);
  worker_->Await(slot);
}

MONOCEROS_EVERY_PYTHON(Lifecycle);

}  // namespace
}  // namespace monoceros::worker::testing
