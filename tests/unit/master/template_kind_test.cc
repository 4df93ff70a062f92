// SPDX-License-Identifier: Apache-2.0
#include "master/template_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monoceros::master {
namespace {

using testing::HasSubstr;

config::Settings Configured(const std::string& worker_class, const std::string& wsgi_app,
                            const std::string& asgi_app) {
  config::Settings settings;
  settings.worker_class = worker_class;
  settings.application = wsgi_app;
  settings.asgi_app = asgi_app;
  return settings;
}

// What is said to a change to `wanted`.
std::string Judged(const config::Settings& configured, const std::string& wanted) {
  config::Settings settings = configured;
  settings.worker_class = wanted;
  const auto has = HasApplication(configured, settings);
  return has ? "allowed" : has.error().message;
}

TEST(TemplateKind, is_the_same_for_classes_that_leave_the_interpreter_as_it_is) {
  const auto sync = Configured("sync", "app:wsgi", "");
  const auto gthread = Configured("gthread", "app:wsgi", "");
  const auto asgi = Configured("asgi", "app:wsgi", "app:asgi");
  EXPECT_TRUE(ShareTemplate(sync, gthread));
  EXPECT_TRUE(ShareTemplate(asgi, asgi));
  EXPECT_FALSE(ShareTemplate(sync, asgi));
  EXPECT_FALSE(ShareTemplate(asgi, gthread));
}

TEST(TemplateKind, a_class_of_the_configured_protocol_has_the_application) {
  EXPECT_EQ(Judged(Configured("sync", "app:wsgi", ""), "gthread"), "allowed");
  EXPECT_EQ(Judged(Configured("asgi", "app:asgi", ""), "asgi"), "allowed");
}

TEST(TemplateKind, with_both_applications_every_class_has_one) {
  EXPECT_EQ(Judged(Configured("sync", "app:wsgi", "app:asgi"), "asgi"), "allowed");
  EXPECT_EQ(Judged(Configured("asgi", "app:wsgi", "app:asgi"), "sync"), "allowed");
}

TEST(TemplateKind, says_that_asgi_app_is_missing) {
  const std::string said = Judged(Configured("gthread", "app:wsgi", ""), "asgi");
  EXPECT_THAT(said, HasSubstr("worker_class: asgi needs an ASGI application"));
  EXPECT_THAT(said, HasSubstr("set asgi_app"));
}

TEST(TemplateKind, does_not_take_an_application_that_asgi_runs_for_a_wsgi_one) {
  const std::string said = Judged(Configured("asgi", "app:asgi", ""), "sync");
  EXPECT_THAT(said, HasSubstr("app:asgi is configured for asgi"));
  EXPECT_THAT(said, HasSubstr("wsgi_app"));
}

TEST(TemplateKind, says_that_wsgi_app_is_missing) {
  EXPECT_THAT(Judged(Configured("asgi", "", "app:asgi"), "gthread"), HasSubstr("set wsgi_app"));
}

}  // namespace
}  // namespace monoceros::master
