// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "serving.h"

namespace monoceros::worker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Response : public ViewsTest {};

TEST_P(Response, carries_status_reason_and_fields) {
  StartValidated();
  const Reply reply = Get("/nowhere");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.reason, "Not Found");
  EXPECT_EQ(reply.field("Content-Type"), "text/plain");
  EXPECT_EQ(reply.body(), "nothing here");
}

TEST_P(Response, of_an_iterable_goes_item_by_item) {
  StartValidated();
  EXPECT_THAT(Get("/stream").chunks, ElementsAre("part 0\n", "part 2\n"));
}

TEST_P(Response, item_arrives_while_the_next_one_is_made) {
  Start("gthread", 2);
  const channel::SlotIndex slow = worker_->Send({.target = "/slow_stream"});
  const Reply begun =
      worker_->Await(slow, [](const Reply& reply) { return !reply.chunks.empty(); });
  EXPECT_THAT(begun.chunks, ElementsAre("first"));
  EXPECT_EQ(Get("/open_gate").body(), "open");
  EXPECT_EQ(worker_->Await(slow).body(), "second");
}

TEST_P(Response, of_a_list_is_whole) {
  StartValidated();
  EXPECT_EQ(Get("/pieces").body(), "abc");
}

TEST_P(Response, may_have_no_body) {
  StartValidated();
  const Reply reply = Get("/empty");
  EXPECT_EQ(reply.status, 204);
  EXPECT_FALSE(reply.aborted);
}

TEST_P(Response, may_be_larger_than_the_channel) {
  Start();
  EXPECT_EQ(Get("/big").body().size(), 3'200'000U);
}

TEST_P(Response, may_be_written) {
  StartValidated();
  EXPECT_EQ(Get("/write").body(), "written and returned");
}

TEST_P(Response, head_is_checked) {
  Start();
  EXPECT_EQ(Get("/bad_head").body(), "");
}

TEST_P(Response, leaves_hop_by_hop_fields_to_the_server) {
  Start();
  const Reply reply = Get("/hop_by_hop");
  EXPECT_EQ(reply.fields, (Fields{{"X-Kept", "yes"}, {"connection", "close"}}));
}

TEST_P(Response, may_change_before_it_is_sent) {
  Start();
  const Reply reply = Get("/replaced");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.reason, "Sorry");
  EXPECT_EQ(reply.body(), "replaced");
}

TEST_P(Response, cannot_change_after_it_was_sent) {
  Start();
  const Reply reply = Get("/too_late");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.aborted);
  EXPECT_THAT(ErrorLog(), HasSubstr("ValueError: too late to change"));
}

TEST_P(Response, error_before_the_head_is_a_500) {
  Start();
  for (const char* path :
       {"/fails", "/fails_after_start", "/exits", "/twice", "/no_start", "/not_bytes"}) {
    const Reply reply = Get(path);
    EXPECT_EQ(reply.status, 500) << path;
    EXPECT_EQ(reply.body(), "500 Internal Server Error\n") << path;
    EXPECT_FALSE(reply.aborted) << path;
    EXPECT_THAT(ErrorLog(), HasSubstr(std::string("Error handling request ") + path));
  }
  EXPECT_THAT(ErrorLog(), HasSubstr("LookupError: not today"));
  EXPECT_THAT(ErrorLog(), HasSubstr("in fails"));
  EXPECT_EQ(Get("/hello").status, 200);
}

TEST_P(Response, error_after_the_head_breaks_it_off) {
  Start();
  const Reply reply = Get("/fails_late");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body(), "so far so good");
  EXPECT_TRUE(reply.aborted);
  EXPECT_THAT(ErrorLog(), HasSubstr("LookupError: in the middle"));
}

TEST_P(Response, never_exceeds_its_declared_length) {
  Start();
  const Reply reply = Get("/long");
  EXPECT_EQ(reply.body(), "12345");
  EXPECT_FALSE(reply.aborted);
}

TEST_P(Response, shorter_than_declared_is_broken_off) {
  Start();
  EXPECT_TRUE(Get("/short").aborted);
  EXPECT_THAT(ErrorLog(), HasSubstr("/short is shorter than its Content-Length"));
  EXPECT_FALSE(worker_->Run({.method = "HEAD", .target = "/short"}).aborted);
  EXPECT_EQ(Get("/short_of_all").status, 500);
}

TEST_P(Response, may_be_preceded_by_early_hints) {
  Start();
  const Reply reply = Get("/early_hints");
  ASSERT_EQ(reply.interim.size(), 1U);
  EXPECT_EQ(reply.interim[0].status, 103);
  EXPECT_EQ(reply.field("Link"), "</style.css>; rel=preload");
  EXPECT_EQ(reply.body(), "page");
}

TEST_P(Response, iterable_is_always_closed) {
  Start();
  EXPECT_EQ(Get("/closes").body(), "x");
  EXPECT_EQ(Get("/events").body(), "closed well");
  EXPECT_TRUE(Get("/closes_on_error").aborted);
  EXPECT_EQ(Get("/events").body(), "closed after error");
}

TEST_P(Response, iterable_is_closed_when_the_client_leaves) {
  Start("gthread", 2);
  const channel::SlotIndex slot = worker_->Send({.target = "/endless"});
  worker_->Await(slot, [](const Reply& reply) { return !reply.chunks.empty(); });
  worker_->Disconnect(slot);
  worker_->Await(slot);
  EXPECT_EQ(Get("/events").body(), "closed endless");
}

TEST_P(Response, errors_stream_goes_to_standard_error) {
  StartValidated();
  EXPECT_EQ(Get("/errors").body(), "logged");
  EXPECT_EQ(ErrorLog(), "a word and another\none\ntwo\n");
}

TEST_P(Response, callables_are_of_no_use_after_the_request) {
  Start();
  EXPECT_EQ(Get("/keeps").body(), "kept");
  EXPECT_EQ(Get("/kept").body(),
            "the request is over\nthe request is over\nthe request is over\nthe request is over");
}

MONOCEROS_EVERY_PYTHON(Response);

class FileWrapper : public ViewsTest {
 protected:
  static std::string Content() {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
  }
};

TEST_P(FileWrapper, sends_a_real_file_by_its_descriptor) {
  Start();
  const Reply reply = Get("/real_file");
  EXPECT_THAT(reply.files, ElementsAre(Content().substr(7)));
  EXPECT_TRUE(reply.chunks.empty());
}

TEST_P(FileWrapper, starts_where_the_application_stopped_reading) {
  Start();
  EXPECT_THAT(Get("/part_of_file").files, ElementsAre("line 1\n"));
}

TEST_P(FileWrapper, reads_what_has_no_descriptor) {
  Start();
  EXPECT_EQ(Get("/not_a_file").body(), Content());
  EXPECT_EQ(Get("/closed_file").body(), "content");
  EXPECT_EQ(Get("/events").body(), "file closed");
}

TEST_P(FileWrapper, never_sends_the_compressed_bytes_of_a_file) {
  Start();
  EXPECT_EQ(Get("/compressed_file").body(), Content());
}

TEST_P(FileWrapper, reads_where_sendfile_is_off) {
  Start("sync", 1, {{"sendfile", false}});
  const Reply reply = Get("/real_file");
  EXPECT_TRUE(reply.files.empty());
  EXPECT_EQ(reply.body(), Content().substr(7));
}

MONOCEROS_EVERY_PYTHON(FileWrapper);

}  // namespace
}  // namespace monoceros::worker::testing
