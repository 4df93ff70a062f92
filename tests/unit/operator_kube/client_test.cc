// SPDX-License-Identifier: Apache-2.0
#include "kube/client.h"

#include <gmock/gmock.h>

#include "client_fixture.h"
#include "temporary_folder.h"

namespace monoceros::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const Key kA{"shop", "a"};

class ClientTest : public ClientFixture {};

TEST_F(ClientTest, gets_an_object_and_says_who_asks) {
  Access access = server_.AccessToIt();
  access.token = "sesame";
  UseAccess(access);
  server_.Then(Reply(200, ConfigMap("a", "7")));
  const auto object = Await(client().Get(kConfigMaps, kA));
  ASSERT_TRUE(object.has_value()) << object.error().message;
  EXPECT_EQ(KeyOf(**object), kA);
  EXPECT_EQ(server_.asked()[0].target, "/api/v1/namespaces/shop/configmaps/a");
  EXPECT_EQ(server_.asked()[0].authorization, "Bearer sesame");
  EXPECT_EQ(server_.asked()[0].user_agent, "test/1");
}

TEST_F(ClientTest, writes_with_its_field_manager) {
  for (int i = 0; i < 4; ++i) server_.Then(Reply(200, ConfigMap("a", "7")));
  const Json object = ConfigMap("a", "6");
  ApplyOptions apply;
  apply.field_manager = "me";
  apply.subresource = "status";
  EXPECT_TRUE(Await(client().Create(kConfigMaps, object, "me")).has_value());
  EXPECT_TRUE(Await(client().Update(kConfigMaps, object, "me")).has_value());
  EXPECT_TRUE(Await(client().Apply(kConfigMaps, object, apply)).has_value());
  EXPECT_TRUE(Await(client().Merge(kConfigMaps, kA, Json{{"data", nullptr}}, "me")).has_value());
  const auto& asked = server_.asked();
  EXPECT_EQ(asked[0].method + asked[0].target,
            "POST/api/v1/namespaces/shop/configmaps?fieldManager=me");
  EXPECT_EQ(asked[1].method + asked[1].target,
            "PUT/api/v1/namespaces/shop/configmaps/a?fieldManager=me");
  EXPECT_EQ(asked[2].method + asked[2].target,
            "PATCH/api/v1/namespaces/shop/configmaps/a/status?fieldManager=me&force=true");
  EXPECT_EQ(asked[2].content_type, "application/apply-patch+yaml");
  EXPECT_EQ(asked[3].content_type, "application/merge-patch+json");
  EXPECT_EQ(asked[3].body, R"({"data":null})");
}

TEST_F(ClientTest, deletes_with_preconditions_and_takes_gone_for_done) {
  server_.Then(Reply(404, StatusOf(404, "NotFound", "gone")));
  server_.Then(Reply(409, StatusOf(409, "Conflict", "another")));
  Preconditions preconditions;
  preconditions.uid = "u";
  EXPECT_TRUE(Await(client().Delete(kConfigMaps, kA, preconditions)).has_value());
  const Json body = Json::parse(server_.asked()[0].body);
  EXPECT_EQ(TextAt(body, "/propagationPolicy"), "Background");
  EXPECT_EQ(At(body, "/preconditions"), Json({{"uid", "u"}}));
  const auto refused = Await(client().Delete(kConfigMaps, kA, preconditions));
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().IsConflict());
}

TEST_F(ClientTest, gives_the_servers_refusal_as_an_error) {
  server_.Then(Reply(404, StatusOf(404, "NotFound", "configmaps \"a\" not found")));
  const auto object = Await(client().Get(kConfigMaps, kA));
  ASSERT_FALSE(object.has_value());
  EXPECT_TRUE(object.error().IsNotFound());
  EXPECT_THAT(object.error().message, HasSubstr("GET http://127.0.0.1:"));
  EXPECT_THAT(object.error().message, HasSubstr("configmaps \"a\" not found"));
}

TEST_F(ClientTest, uses_one_connection_for_many_requests) {
  for (int i = 0; i < 3; ++i) server_.Then(Reply(200, ConfigMap("a", "7")));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Await(client().Get(kConfigMaps, kA)).has_value());
  EXPECT_EQ(server_.asked().back().connection, 1);
}

TEST_F(ClientTest, repeats_a_get_whose_pooled_connection_was_closed) {
  server_.Then(Reply(200, ConfigMap("a", "7")));
  server_.Then(Bytes({}));
  server_.Then(Reply(200, ConfigMap("a", "8")));
  EXPECT_TRUE(Await(client().Get(kConfigMaps, kA)).has_value());
  const auto object = Await(client().Get(kConfigMaps, kA));
  ASSERT_TRUE(object.has_value()) << object.error().message;
  EXPECT_EQ(ResourceVersionOf(**object), "8");
  EXPECT_EQ(server_.asked()[1].connection, 1);
  EXPECT_EQ(server_.asked()[2].connection, 2);
}

TEST_F(ClientTest, never_repeats_a_write_whose_connection_was_closed) {
  server_.Then(Reply(200, ConfigMap("a", "7")));
  server_.Then(Bytes({}));
  EXPECT_TRUE(Await(client().Get(kConfigMaps, kA)).has_value());
  const auto object = Await(client().Create(kConfigMaps, ConfigMap("a", ""), "me"));
  ASSERT_FALSE(object.has_value());
  EXPECT_EQ(object.error().status, 0);
  EXPECT_EQ(server_.asked().size(), 2u);
}

TEST_F(ClientTest, comes_back_when_the_server_says_when) {
  server_.Then(Reply(429, StatusOf(429, "TooManyRequests", "later"), "Retry-After: 1\r\n"));
  server_.Then(Reply(503, StatusOf(503, "", "later"), "Retry-After: 0\r\n"));
  server_.Then(Reply(200, ConfigMap("a", "7")));
  const auto started = std::chrono::steady_clock::now();
  EXPECT_TRUE(Await(client().Get(kConfigMaps, kA)).has_value());
  EXPECT_GE(std::chrono::steady_clock::now() - started, seconds(1));
  EXPECT_EQ(server_.asked().size(), 3u);
}

TEST_F(ClientTest, does_not_come_back_unasked_or_after_its_deadline) {
  server_.Then(Reply(500, StatusOf(500, "InternalError", "no")));
  EXPECT_EQ(Await(client().Get(kConfigMaps, kA)).error().status, 500);
  server_.Then(Reply(429, StatusOf(429, "TooManyRequests", "later"), "Retry-After: 60\r\n"));
  const auto late = Await(client().Get(kConfigMaps, kA));
  EXPECT_EQ(late.error().status, 429);
  EXPECT_EQ(late.error().retry_after, seconds(60));
  EXPECT_EQ(server_.asked().size(), 2u);
}

TEST_F(ClientTest, takes_a_new_token_after_a_401_once) {
  const TemporaryFolder folder;
  Access access = server_.AccessToIt();
  access.token_file = folder.Write("token", "old");
  UseAccess(access);
  const Script refuse = Reply(401, StatusOf(401, "Unauthorized", "Unauthorized"));
  server_.Then(After([&] { folder.Write("token", "new"); }, refuse));
  server_.Then(Reply(200, ConfigMap("a", "7")));
  EXPECT_TRUE(Await(client().Get(kConfigMaps, kA)).has_value());
  EXPECT_EQ(server_.asked()[0].authorization, "Bearer old");
  EXPECT_EQ(server_.asked()[1].authorization, "Bearer new");
  server_.Then(refuse);
  server_.Then(refuse);
  EXPECT_EQ(Await(client().Get(kConfigMaps, kA)).error().status, 401);
  EXPECT_EQ(server_.asked().size(), 4u);
}

TEST_F(ClientTest, lists_page_by_page_and_says_each_items_kind) {
  const Json bare = {{"metadata", {{"name", "b"}, {"namespace", "shop"}}}};
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "9", "to be continued")));
  server_.Then(Reply(200, ListOf({bare}, "9")));
  ListOptions options;
  options.label_selector = "app=x";
  const auto list = Await(client().List(kConfigMaps, "shop", options));
  ASSERT_TRUE(list.has_value()) << list.error().message;
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(TextAt(*list->items[1], "/kind"), "ConfigMap");
  EXPECT_EQ(TextAt(*list->items[1], "/apiVersion"), "v1");
  EXPECT_EQ(list->resource_version, "9");
  const std::string first = "/api/v1/namespaces/shop/configmaps?labelSelector=app%3Dx&limit=500";
  EXPECT_EQ(server_.asked()[0].target, first);
  EXPECT_EQ(server_.asked()[1].target, first + "&continue=to%20be%20continued");
}

TEST_F(ClientTest, lists_all_at_once_when_the_next_page_has_expired) {
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "9", "next")));
  server_.Then(Reply(410, StatusOf(410, "Expired", "the continue token is too old")));
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1"), ConfigMap("b", "2")}, "11")));
  const auto list = Await(client().List(kConfigMaps, "", ListOptions()));
  ASSERT_TRUE(list.has_value()) << list.error().message;
  EXPECT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->resource_version, "11");
  EXPECT_EQ(server_.asked()[2].target, "/api/v1/configmaps");
}

TEST_F(ClientTest, asks_for_the_version) {
  server_.Then(Reply(200, {{"gitVersion", "v1.34.4"}}));
  EXPECT_EQ(*Await(client().ServerVersion()), "v1.34.4");
}

TEST_F(ClientTest, says_that_nobody_listens) {
  Access access = server_.AccessToIt();
  access.port = "1";
  UseAccess(access);
  const auto version = Await(client().ServerVersion());
  ASSERT_FALSE(version.has_value());
  EXPECT_EQ(version.error().status, 0);
  EXPECT_THAT(version.error().message, HasSubstr("Connection refused"));
}

TEST_F(ClientTest, says_that_a_name_is_unknown) {
  Access access = server_.AccessToIt();
  access.host = "no-such-host.invalid";
  UseAccess(access);
  const auto version = Await(client().ServerVersion());
  ASSERT_FALSE(version.has_value());
  EXPECT_THAT(version.error().message, HasSubstr("cannot look up no-such-host.invalid"));
}

TEST_F(ClientTest, gives_up_at_its_deadline) {
  options_.deadline = seconds(1);
  const auto version = Await(client().ServerVersion());
  ASSERT_FALSE(version.has_value());
  EXPECT_THAT(version.error().message, HasSubstr("no answer in time"));
}

TEST_F(ClientTest, sends_no_more_than_its_rate) {
  options_.requests_per_second = 10;
  options_.burst = 1;
  for (int i = 0; i < 4; ++i) server_.Then(Reply(200, ConfigMap("a", "7")));
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Await(client().Get(kConfigMaps, kA)).has_value());
  EXPECT_GE(std::chrono::steady_clock::now() - started, milliseconds(299));
}

TEST_F(ClientTest, reports_every_request) {
  std::vector<int> statuses;
  options_.observe = [&](const RequestDone& done) { statuses.push_back(done.status); };
  server_.Then(Reply(503, StatusOf(503, "", ""), "Retry-After: 0\r\n"));
  server_.Then(Bytes({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"}));
  EXPECT_FALSE(Await(client().Get(kConfigMaps, kA)).has_value());
  EXPECT_EQ(statuses, (std::vector<int>{503, 0}));
}

}  // namespace
}  // namespace monoceros::kube
