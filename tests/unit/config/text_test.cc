// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/flags.h"
#include "config/suggest.h"
#include "config/worker_class.h"
#include "config/wrap.h"

namespace monoceros::config {
namespace {

TEST(Suggest, names_the_nearest_candidate) {
  const std::vector<std::string> names = {"workers", "worker_class", "bind"};
  EXPECT_EQ(Suggest("wokers", names), " Did you mean workers?");
  EXPECT_EQ(Suggest("worker-class", names), " Did you mean worker_class?");
  EXPECT_EQ(Suggest("certificate", names), "");
  EXPECT_EQ(Suggest("x", {}), "");
}

TEST(SplitFlags, splits_at_commas) {
  EXPECT_EQ(SplitFlags("-w, --workers"), (std::vector<std::string>{"-w", "--workers"}));
  EXPECT_TRUE(SplitFlags("").empty());
}

TEST(Wrap, breaks_at_spaces_and_indents) {
  EXPECT_EQ(Wrap("aa bb cc", 2, 7), "  aa bb\n  cc\n");
  EXPECT_EQ(Wrap("long-word b", 1, 4), " long-word\n b\n");
  EXPECT_EQ(Wrap("", 2, 10), "");
}

TEST(ResolveWorkerClass, takes_our_and_gunicorns_names) {
  EXPECT_EQ(ResolveWorkerClass("sync").value(), "sync");
  EXPECT_EQ(ResolveWorkerClass("gthread").value(), "gthread");
  EXPECT_EQ(ResolveWorkerClass("gunicorn.workers.sync.SyncWorker").value(), "sync");
  EXPECT_EQ(ResolveWorkerClass("gunicorn.workers.gthread.ThreadWorker").value(), "gthread");
  EXPECT_EQ(ResolveWorkerClass("egg:gunicorn#gthread").value(), "gthread");
}

TEST(ResolveWorkerClass, takes_the_names_under_which_asgi_is_known) {
  for (const char* name : {"asgi", "uvicorn", "uvloop", "uvicorn.workers.UvicornWorker",
                           "uvicorn_worker.UvicornWorker", "gunicorn.workers.gasgi.ASGIWorker"}) {
    EXPECT_EQ(ResolveWorkerClass(name).value(), "asgi") << name;
  }
}

TEST(ResolveWorkerClass, takes_gunicorns_names_of_tornado) {
  for (const char* name :
       {"tornado", "gunicorn.workers.gtornado.TornadoWorker", "egg:gunicorn#tornado"}) {
    EXPECT_EQ(ResolveWorkerClass(name).value(), "tornado") << name;
  }
}

TEST(ApplicationOf, is_asgi_app_for_class_asgi_only) {
  Settings settings;
  settings.application = "shop.wsgi";
  settings.worker_class = "asgi";
  EXPECT_EQ(ApplicationOf(settings), "shop.wsgi");
  settings.asgi_app = "shop.asgi";
  EXPECT_EQ(ApplicationOf(settings), "shop.asgi");
  settings.worker_class = "gthread";
  EXPECT_EQ(ApplicationOf(settings), "shop.wsgi");
}

TEST(ResolveWorkerClass, says_which_classes_are_known_but_not_supported) {
  for (const char* name : {"uvicorn.workers.UvicornH11Worker", "uvicorn_worker.UvicornH11Worker"}) {
    const auto resolved = ResolveWorkerClass(name);
    ASSERT_FALSE(resolved) << name;
    EXPECT_THAT(resolved.error().message, testing::HasSubstr("known but not supported")) << name;
  }
}

TEST(ResolveWorkerClass, knows_the_names_that_gunicorn_has_for_greenlets) {
  for (const char* name :
       {"gevent", "gevent_wsgi", "gevent_pywsgi", "gunicorn.workers.ggevent.GeventWorker",
        "gunicorn.workers.ggevent.GeventPyWSGIWorker", "gunicorn.workers.ggevent.PyWSGIWorker",
        "egg:gunicorn#gevent"}) {
    EXPECT_EQ(ResolveWorkerClass(name).value(), "gevent") << name;
  }
  for (const char* name :
       {"eventlet", "gunicorn.workers.geventlet.EventletWorker", "egg:gunicorn#eventlet"}) {
    EXPECT_EQ(ResolveWorkerClass(name).value(), "eventlet") << name;
  }
}

TEST(ResolveWorkerClass, explains_why_classes_of_ones_own_cannot_be_used) {
  EXPECT_THAT(ResolveWorkerClass("shop.workers.Mine").error().message,
              testing::HasSubstr("written in Python cannot be used"));
  EXPECT_THAT(ResolveWorkerClass("fast").error().message, testing::HasSubstr("no such"));
}

}  // namespace
}  // namespace monoceros::config
