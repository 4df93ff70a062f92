// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "pools.h"
#include "workerpool/builders/builders.h"

namespace monoceros::workerpool {
namespace {

using Change = std::function<void(api::WorkerPoolSpec&)>;

std::string HashAfter(const Change& change) {
  api::WorkerPool pool = FullPool();
  change(pool.spec);
  return TemplateHash(pool);
}

TEST(TemplateHash, is_ten_characters_that_make_no_words) {
  const std::string hash = TemplateHash(FullPool());
  EXPECT_EQ(hash.size(), 10U);
  EXPECT_EQ(hash.find_first_not_of("bcdfghjklmnpqrstvwxz2456789"), std::string::npos) << hash;
}

TEST(TemplateHash, is_a_label_of_the_pods_and_names_the_live_config_that_they_mount) {
  const std::string hash = TemplateHash(MinimalPool());
  const kube::Json pod = BuildDeployment(MinimalPool(), 1)["spec"]["template"];
  EXPECT_EQ(pod["metadata"]["labels"][api::kTemplateHashLabel], hash);
  EXPECT_NE(pod["spec"]["volumes"].dump().find("\"minimal-live-" + hash + "\""), std::string::npos);
}

TEST(TemplateHash, does_not_know_what_running_pods_take_without_a_restart) {
  const std::string hash = TemplateHash(FullPool());
  EXPECT_EQ(HashAfter([](auto& spec) { spec.workers = 1; }), hash);
  EXPECT_EQ(HashAfter([](auto& spec) { spec.threads.reset(); }), hash);
  EXPECT_EQ(HashAfter([](auto& spec) { spec.worker_class = "sync"; }), hash);
  EXPECT_EQ(HashAfter([](auto& spec) { spec.settings.clear(); }), hash);
}

TEST(TemplateHash, does_not_know_how_many_pods_there_are) {
  const std::string hash = TemplateHash(FullPool());
  EXPECT_EQ(HashAfter([](auto& spec) { spec.replicas = 1; }), hash);
  EXPECT_EQ(HashAfter([](auto& spec) { spec.autoscaling.reset(); }), hash);
  EXPECT_EQ(HashAfter([](auto& spec) { spec.paused = false; }), hash);
}

TEST(TemplateHash, changes_with_everything_that_replaces_pods) {
  const std::set<std::string> hashes = {
      TemplateHash(FullPool()),
      HashAfter([](auto& spec) { spec.image = "registry.example/shop:2.2"; }),
      HashAfter([](auto& spec) { spec.image_pull_policy = "Never"; }),
      HashAfter([](auto& spec) { spec.application = "shop.wsgi"; }),
      HashAfter([](auto& spec) { spec.env[0]["value"] = "off"; }),
      HashAfter([](auto& spec) { spec.resources["limits"]["memory"] = "1Gi"; }),
      HashAfter([](auto& spec) { spec.port = 8081; }),
      HashAfter([](auto& spec) { spec.drain_delay_seconds = 1; }),
      HashAfter([](auto& spec) { spec.graceful_timeout_seconds = 91; })};
  EXPECT_EQ(hashes.size(), 9U);
}

TEST(TemplateHash, does_not_know_the_object_around_the_spec) {
  api::WorkerPool pool = FullPool();
  pool.generation = 99;
  pool.uid = "another";
  EXPECT_EQ(TemplateHash(pool), TemplateHash(FullPool()));
}

}  // namespace
}  // namespace monoceros::workerpool
