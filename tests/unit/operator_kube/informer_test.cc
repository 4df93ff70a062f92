// SPDX-License-Identifier: Apache-2.0
#include "kube/informer.h"

#include <gmock/gmock.h>

#include "client_fixture.h"

namespace monoceros::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Json& Gone() {
  static const Json kGone = StatusOf(410, "Expired", "too old resource version");
  return kGone;
}

class InformerTest : public ClientFixture {
 protected:
  void Run() {
    informer_.OnChange([this](const Object& before, const Object& after) {
      changes_.push_back(Version(before) + ">" + Version(after));
    });
    Start(informer_.Run());
  }
  static std::string Version(const Object& object) {
    return object == nullptr ? "" : ResourceVersionOf(*object);
  }
  std::string Have(const std::string& name) const { return Version(informer_.Get({"shop", name})); }

  Informer informer_{client(), kConfigMaps, "shop", ""};
  std::vector<std::string> changes_;
};

TEST_F(InformerTest, lists_and_then_follows_the_watch) {
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1"), ConfigMap("b", "2")}, "5")));
  server_.Then(Events({Event("MODIFIED", ConfigMap("a", "6")),
                       Event("DELETED", ConfigMap("b", "7")), Event("ADDED", ConfigMap("c", "8"))},
                      Then::kStaysOpen));
  EXPECT_FALSE(informer_.synced());
  Run();
  RunUntil([this] { return changes_.size() == 5; });
  EXPECT_THAT(changes_, ElementsAre(">1", ">2", "1>6", "2>", ">8"));
  EXPECT_TRUE(informer_.synced());
  EXPECT_EQ(informer_.trouble(), "");
  EXPECT_EQ(informer_.List("shop").size(), 2u);
  EXPECT_THAT(server_.asked()[1].target, HasSubstr("resourceVersion=5"));
}

TEST_F(InformerTest, goes_on_from_the_last_bookmark_after_a_cut) {
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "5")));
  const std::string bookmark = Event("BOOKMARK", ConfigMap("", "40")).dump() + "\n";
  server_.Then(Bytes({StreamHead(), Chunk(bookmark), "ff\r\n{\"type\""}));
  server_.Then(Events({Event("MODIFIED", ConfigMap("a", "41"))}, Then::kStaysOpen));
  Run();
  RunUntil([this] { return !informer_.trouble().empty(); });
  EXPECT_EQ(Have("a"), "1") << "what is known stays";
  RunUntil([this] { return Have("a") == "41"; });
  EXPECT_EQ(informer_.trouble(), "");
  EXPECT_THAT(server_.asked()[2].target, HasSubstr("watch=true"));
  EXPECT_THAT(server_.asked()[2].target, HasSubstr("resourceVersion=40"));
}

TEST_F(InformerTest, lists_again_after_410_as_a_status) {
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "5")));
  server_.Then(Reply(410, Gone()));
  server_.Then(Reply(200, ListOf({ConfigMap("b", "11")}, "12")));
  Run();
  RunUntil([this] { return Have("b") == "11"; });
  EXPECT_EQ(Have("a"), "");
  EXPECT_THAT(changes_, ElementsAre(">1", "1>", ">11"));
}

TEST_F(InformerTest, lists_again_after_410_as_an_event) {
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "5")));
  server_.Then(Events({Event("ERROR", Gone())}, Then::kStaysOpen));
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "12")));
  server_.Then(Events({Event("ADDED", ConfigMap("b", "13"))}, Then::kStaysOpen));
  Run();
  RunUntil([this] { return Have("b") == "13"; });
  EXPECT_THAT(changes_, ElementsAre(">1", ">13")) << "a list that found nothing new is silent";
  EXPECT_THAT(server_.asked()[3].target, HasSubstr("resourceVersion=12"));
}

TEST_F(InformerTest, lists_again_when_the_server_is_behind) {
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "5000")));
  server_.Then(
      Reply(504, StatusOf(504, "Timeout", "Too large resource version: 5000, current: 9")));
  server_.Then(Reply(200, ListOf({}, "9")));
  Run();
  RunUntil([this] { return changes_.size() == 2; });
  EXPECT_THAT(changes_, ElementsAre(">1", "1>"));
}

TEST_F(InformerTest, tries_again_until_the_first_list_works) {
  server_.Then(Reply(403, StatusOf(403, "Forbidden", "not allowed")));
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "5")));
  Run();
  RunUntil([this] { return !informer_.trouble().empty(); });
  EXPECT_FALSE(informer_.synced());
  EXPECT_THAT(informer_.trouble(), HasSubstr("not allowed"));
  RunUntil([this] { return informer_.synced(); });
  EXPECT_EQ(informer_.trouble(), "");
}

TEST_F(InformerTest, learns_own_writes) {
  server_.Then(Reply(200, ListOf({ConfigMap("a", "1")}, "5")));
  Run();
  RunUntil([this] { return informer_.synced(); });
  informer_.Learn(std::make_shared<const Json>(ConfigMap("a", "6")));
  informer_.Learn(std::make_shared<const Json>(ConfigMap("b", "7")));
  informer_.Learn(nullptr);
  EXPECT_EQ(Have("a"), "6");
  EXPECT_EQ(Have("b"), "7");
}

TEST_F(InformerTest, ends_when_it_is_cancelled_in_a_list_a_watch_or_a_pause) {
  Run();
  RunUntil([this] { return server_.asked().size() == 1; });
  Cancel();
  EXPECT_TRUE(EndedCancelled());
  server_.Then(Reply(200, ListOf({}, "5")));
  server_.Then(Events({}, Then::kStaysOpen));
  Start(informer_.Run());
  RunUntil([this] { return server_.asked().size() == 3; });
  Cancel();
  EXPECT_TRUE(EndedCancelled());
  server_.Then(Reply(500, Json()));
  Start(informer_.Run());
  RunUntil([this] { return !informer_.trouble().empty(); });
  Cancel();
  EXPECT_TRUE(EndedCancelled());
}

}  // namespace
}  // namespace monoceros::kube
