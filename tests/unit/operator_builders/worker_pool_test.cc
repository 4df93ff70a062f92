// SPDX-License-Identifier: Apache-2.0
#include "api/worker_pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "pools.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

Json MinimalManifest() { return StoredManifest(DEPLOY_DIR "/samples/minimal.yaml"); }

std::string ErrorOf(const Json& object) {
  const auto pool = api::ParseWorkerPool(std::make_shared<const Json>(object));
  return pool ? "" : pool.error().message;
}

std::string ErrorWith(const char* pointer, const Json& value) {
  Json object = MinimalManifest();
  object[Json::json_pointer(pointer)] = value;
  return ErrorOf(object);
}

TEST(WorkerPool, is_read_with_every_field) {
  const api::WorkerPool pool = FullPool();
  EXPECT_EQ(pool.key, (kube::Key{"web", "full"}));
  EXPECT_EQ(pool.generation, 3);
  EXPECT_FALSE(pool.uid.empty());
  EXPECT_EQ(pool.spec.image, "registry.example/shop:2.1");
  EXPECT_EQ(pool.spec.image_pull_policy, "Always");
  EXPECT_EQ(pool.spec.application, "shop.wsgi:make_application()");
  EXPECT_EQ(pool.spec.worker_class, "gthread");
  EXPECT_EQ(pool.spec.workers, 3U);
  EXPECT_EQ(pool.spec.threads, 8U);
  EXPECT_EQ(pool.spec.replicas, 4);
  EXPECT_EQ(pool.spec.resources["limits"]["memory"], "512Mi");
  EXPECT_EQ(pool.spec.env.size(), 5U);
  EXPECT_EQ(pool.spec.port, 8080);
  EXPECT_EQ(pool.spec.settings.at("timeout"), "60");
  EXPECT_EQ(pool.spec.autoscaling->min_replicas, 2);
  EXPECT_EQ(pool.spec.autoscaling->max_replicas, 12);
  EXPECT_DOUBLE_EQ(pool.spec.autoscaling->target_saturation, 0.75);
  EXPECT_EQ(pool.spec.drain_delay_seconds, 15);
  EXPECT_EQ(pool.spec.graceful_timeout_seconds, 90);
  EXPECT_TRUE(pool.spec.paused);
}

TEST(WorkerPool, has_no_values_for_what_nobody_said) {
  const api::WorkerPool pool = MinimalPool();
  EXPECT_FALSE(pool.spec.workers);
  EXPECT_FALSE(pool.spec.threads);
  EXPECT_FALSE(pool.spec.replicas);
  EXPECT_FALSE(pool.spec.autoscaling);
  EXPECT_EQ(api::LiveValuesOf(pool.spec), agents::LiveValues{});
}

TEST(WorkerPool, gives_running_pods_workers_threads_class_and_settings) {
  const agents::LiveValues values = api::LiveValuesOf(FullPool().spec);
  EXPECT_EQ(values.workers, 3U);
  EXPECT_EQ(values.threads, 8U);
  EXPECT_EQ(values.worker_class, "gthread");
  EXPECT_EQ(values.settings.size(), 3U);
}

TEST(WorkerPool, finds_its_pods_by_its_name) {
  EXPECT_EQ(api::SelectorOf(FullPool()), "monoceros.dev/pool=full");
}

TEST(WorkerPool, knows_that_it_is_being_deleted) {
  Json object = MinimalManifest();
  EXPECT_FALSE(ParsedPool(object).deleting);
  object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_TRUE(ParsedPool(object).deleting);
}

TEST(WorkerPool, names_the_field_that_is_wrong) {
  EXPECT_EQ(ErrorWith("/spec/image", nullptr), "spec.image: it is needed");
  EXPECT_EQ(ErrorWith("/spec/image", 5), "spec.image: a text is expected");
  EXPECT_EQ(ErrorWith("/spec/application", ""), "spec.application: it is needed");
  EXPECT_EQ(ErrorWith("/spec/workers", -1),
            "spec.workers: a whole number from 0 to 4294967295 is expected");
  EXPECT_EQ(ErrorWith("/spec/threads", 2.5),
            "spec.threads: a whole number from 0 to 4294967295 is expected");
  EXPECT_EQ(ErrorWith("/spec/port", 65536),
            "spec.port: a whole number from 0 to 65535 is expected");
  EXPECT_EQ(ErrorWith("/spec/env", Json::object()), "spec.env: a list is expected");
  EXPECT_EQ(ErrorWith("/spec/resources", "2Gi"), "spec.resources: a mapping is expected");
  EXPECT_EQ(ErrorWith("/spec/settings", {{"timeout", 5}}),
            "spec.settings.timeout: a text is expected");
  EXPECT_EQ(ErrorWith("/spec/paused", "no"), "spec.paused: true or false is expected");
  EXPECT_EQ(ErrorWith("/spec/autoscaling", {{"maxReplicas", "3"}}),
            "spec.autoscaling.maxReplicas: a whole number from -2147483648 to 2147483647 is "
            "expected");
  EXPECT_EQ(ErrorWith("/spec/autoscaling", 3), "spec.autoscaling: a mapping is expected");
}

TEST(WorkerPool, is_never_made_of_something_else) {
  for (const Json& other : {Json(), Json(5), Json::array({1}), Json{{"metadata", 5}},
                            Json{{"metadata", {{"name", "a"}, {"namespace", "b"}}}, {"spec", 5}}}) {
    EXPECT_NE(ErrorOf(other), "") << other.dump();
  }
}

}  // namespace
}  // namespace monoceros::workerpool
