// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "pools.h"
#include "workerpool/builders/builders.h"
#include "yaml_text.h"

namespace monoceros::workerpool {
namespace {

constexpr char kBundle[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

// Every child of a pool, one YAML document each.
std::string ChildrenOf(const api::WorkerPool& pool) {
  std::string text = "# SPDX-License-Identifier: Apache-2.0\n";
  const auto add = [&text](const kube::Json& object) { text += "---\n" + ToYaml(object); };
  add(BuildControlAuthority(pool, kBundle));
  add(BuildLiveConfig(pool, TemplateHash(pool), api::LiveValuesOf(pool.spec), 7));
  add(BuildDeployment(pool, pool.spec.replicas.value_or(1)));
  add(BuildService(pool));
  add(BuildPodDisruptionBudget(pool));
  if (pool.spec.autoscaling) add(BuildHorizontalPodAutoscaler(pool));
  return text;
}

void ExpectGolden(const std::string& name, const api::WorkerPool& pool) {
  const std::string path = std::string(GOLDEN_DIR "/") + name;
  const std::string children = ChildrenOf(pool);
  if (std::getenv("MONOCEROS_UPDATE_GOLDEN") != nullptr) WriteText(path, children);
  EXPECT_EQ(children, ReadText(path)) << "MONOCEROS_UPDATE_GOLDEN=1 writes " << path << " anew";
}

TEST(Builders, make_the_children_of_the_least_pool) { ExpectGolden("minimal.yaml", MinimalPool()); }

TEST(Builders, make_the_children_of_an_autoscaled_pool) {
  ExpectGolden("autoscaled.yaml", AutoscaledPool());
}

TEST(Builders, make_the_children_of_a_pool_with_every_field) {
  ExpectGolden("full.yaml", FullPool());
}

TEST(Builders, give_the_same_bytes_for_the_same_pool) {
  EXPECT_EQ(ChildrenOf(FullPool()), ChildrenOf(FullPool()));
}

TEST(Builders, leave_the_deployment_as_it_is_when_only_live_values_change) {
  const api::WorkerPool before = FullPool();
  api::WorkerPool after = before;
  after.spec.workers = 1;
  after.spec.threads.reset();
  after.spec.worker_class = "sync";
  after.spec.settings = {{"timeout", "5"}};
  EXPECT_EQ(BuildDeployment(before, 4).dump(), BuildDeployment(after, 4).dump());
}

TEST(Builders, take_the_number_of_pods_as_they_are_told) {
  EXPECT_EQ(BuildDeployment(FullPool(), 9)["spec"]["replicas"], 9);
}

TEST(Builders, give_every_child_the_pool_as_its_only_owner) {
  const api::WorkerPool pool = FullPool();
  for (const kube::Json& child :
       {BuildDeployment(pool, 1), BuildService(pool), BuildPodDisruptionBudget(pool),
        BuildHorizontalPodAutoscaler(pool), BuildControlAuthority(pool, kBundle),
        BuildLiveConfig(pool, "hash", {}, 1)}) {
    const kube::Json& owners = child["metadata"]["ownerReferences"];
    ASSERT_EQ(owners.size(), 1U);
    EXPECT_EQ(owners[0]["uid"], pool.uid);
    EXPECT_EQ(owners[0]["controller"], true);
    EXPECT_EQ(owners[0]["blockOwnerDeletion"], true);
  }
}

TEST(Builders, keep_every_name_within_what_kubernetes_allows_for_the_longest_pool_name) {
  api::WorkerPool pool = FullPool();
  pool.key.name = std::string(40, 'p');
  EXPECT_LE(LiveConfigName(pool, TemplateHash(pool)).size(), 63U);
  EXPECT_LE(ControlAuthorityName(pool).size(), 63U);
}

}  // namespace
}  // namespace monoceros::workerpool
