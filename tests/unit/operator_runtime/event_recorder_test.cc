// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_recorder.h"

#include <memory>

#include "run.h"
#include "scripted_server.h"

namespace monoceros::runtime {
namespace {

namespace asio = boost::asio;
using Reply = ScriptedServer::Reply;
using Request = ScriptedServer::Request;

const kube::Json kPool = {{"apiVersion", "monoceros.dev/v1alpha1"},
                          {"kind", "WorkerPool"},
                          {"metadata", {{"namespace", "web"}, {"name", "shop"}, {"uid", "u1"}}}};

EventText Text(const std::string& note) {
  return {.reason = "ReplicasChanged", .action = "Scale", .note = note};
}

class EventRecorderTest : public testing::Test {
 protected:
  EventRecorderTest() {
    kube::ClientOptions options;
    options.user_agent = "test";
    options.requests_per_second = 1000;
    client_ = std::make_unique<kube::Client>(io_.get_executor(), server_.access(), options);
    recorder_ = std::make_unique<EventRecorder>(io_.get_executor(), *client_, "operator-1");
  }

  std::optional<Reply> Answer(const Request& request) {
    if (broken_) return ScriptedServer::Failure(403, "Forbidden");
    return Reply{request.method == "POST" ? 201 : 200, request.body};
  }

  // Notes of the events that were made, in their order.
  std::vector<std::string> Notes() const {
    std::vector<std::string> notes;
    for (const Request& request : server_.requests()) {
      if (request.method == "POST") notes.push_back(kube::TextAt(request.body, "/note"));
    }
    return notes;
  }

  asio::io_context io_;
  bool broken_ = false;
  ScriptedServer server_{io_, [this](const Request& request) { return Answer(request); }};
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<EventRecorder> recorder_;
};

TEST_F(EventRecorderTest, writes_events_in_their_order) {
  recorder_->Record(kPool, Text("1 -> 2"));
  recorder_->Record(kPool, Text("2 -> 3"));
  RunOn(io_, recorder_->Flush());
  EXPECT_EQ(Notes(), (std::vector<std::string>{"1 -> 2", "2 -> 3"}));
  const Request& first = server_.requests().at(0);
  EXPECT_TRUE(first.target.starts_with("/apis/events.k8s.io/v1/namespaces/web/events"))
      << first.target;
}

TEST_F(EventRecorderTest, writes_a_repeated_event_as_a_series) {
  recorder_->Record(kPool, Text("1 -> 2"));
  for (int i = 0; i < 9; ++i) recorder_->Record(kPool, Text("1 -> 2"));
  RunOn(io_, recorder_->Flush());
  ASSERT_EQ(server_.requests().size(), 3U);
  EXPECT_EQ(server_.requests()[1].method, "PATCH");
  EXPECT_EQ(kube::NumberAt(server_.requests()[1].body, "/series/count"), 2);
  EXPECT_EQ(kube::NumberAt(server_.requests()[2].body, "/series/count"), 10);
  const std::string name = kube::TextAt(server_.requests()[0].body, "/metadata/name");
  EXPECT_NE(server_.requests()[2].target.find("/events/" + name), std::string::npos);
}

TEST_F(EventRecorderTest, goes_on_after_one_that_was_refused) {
  broken_ = true;
  recorder_->Record(kPool, Text("1 -> 2"));
  RunOn(io_, recorder_->Flush());
  broken_ = false;
  recorder_->Record(kPool, Text("2 -> 3"));
  RunOn(io_, recorder_->Flush());
  EXPECT_EQ(Notes(), (std::vector<std::string>{"1 -> 2", "2 -> 3"}));
}

TEST_F(EventRecorderTest, drops_what_does_not_fit_into_its_queue) {
  for (int i = 0; i < 400; ++i) {
    kube::Json pool = kPool;
    pool["metadata"]["name"] = "pool" + std::to_string(i);
    recorder_->Record(pool, Text("1 -> 2"));
  }
  RunOn(io_, recorder_->Flush());
  EXPECT_EQ(Notes().size(), 256U);
}

TEST_F(EventRecorderTest, has_nothing_to_flush_when_nothing_happened) {
  RunOn(io_, recorder_->Flush());
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace monoceros::runtime
