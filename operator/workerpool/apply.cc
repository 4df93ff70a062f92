// SPDX-License-Identifier: Apache-2.0
#include "workerpool/apply.h"

#include <utility>

#include "workerpool/managed_fields.h"

namespace monoceros::workerpool {

namespace asio = boost::asio;
using kube::Json;
using kube::Object;

bool IsRefusal(const kube::Error& error) {
  return error.status >= 400 && error.status < 500 && error.status != 401 && error.status != 404 &&
         error.status != 409 && error.status != 410 && error.status != 429;
}

asio::awaitable<Applied> Applier::CarryOut(api::WorkerPool pool, Plan plan) {
  Applied applied{.conflicts = std::move(plan.conflicts)};
  for (const Action& action : plan.actions) {
    Outcome outcome = co_await CarryOut(pool, action);
    if (!outcome) {
      applied.failure = std::move(outcome.error());
      break;
    }
    if (outcome->empty()) {
      if (action.event) events_.Record(*pool.object, *action.event);
      continue;
    }
    applied.conflicts.push_back(std::move(*outcome));
    if (action.resource == kube::kConfigMaps) break;  // pods would start with somebody else's
  }
  co_return applied;
}

asio::awaitable<Applier::Outcome> Applier::CarryOut(const api::WorkerPool& pool,
                                                    const Action& action) {
  switch (action.kind) {
    case Action::Kind::kSetReplicas:
      return SetReplicas(action);
    case Action::Kind::kCreate:
      return Create(pool, action);
    case Action::Kind::kApply:
      return Apply(pool, action, action.live);
    case Action::Kind::kDelete:
      return Delete(action);
  }
  std::abort();
}

Applier::Outcome Applier::Learned(const Action& action, kube::Result<Object> answer) {
  if (!answer) return tl::make_unexpected(std::move(answer.error()));
  caches_.Learn(action.resource, *answer);
  return {};
}

// With the resourceVersion: whoever sets replicas at the same time wins.
asio::awaitable<Applier::Outcome> Applier::SetReplicas(const Action& action) {
  Json patch = action.body;
  patch["metadata"]["resourceVersion"] = kube::ResourceVersionOf(*action.live);
  patch["metadata"]["uid"] = kube::UidOf(*action.live);
  auto answer = co_await client_.Merge(action.resource, action.key, patch, api::kFieldManager);
  co_return Learned(action, std::move(answer));
}

// An object that is there already and not in the cache: the cache is late, somebody took the label
// off, or it is somebody else's.
asio::awaitable<Applier::Outcome> Applier::Create(const api::WorkerPool& pool,
                                                  const Action& action) {
  auto answer = co_await client_.Create(action.resource, action.body, api::kFieldManager);
  if (answer || !answer.error().IsAlreadyExists()) co_return Learned(action, std::move(answer));
  auto present = co_await client_.Get(action.resource, action.key);
  if (!present) co_return tl::make_unexpected(std::move(present.error()));
  if (!IsOwned(**present, pool)) co_return ConflictText(**present, pool);
  co_return co_await Apply(pool, action, *present);
}

asio::awaitable<Applier::Outcome> Applier::Apply(const api::WorkerPool& pool, const Action& action,
                                                 Object live) {
  if (auto patch = FieldsTakenOver(*live, api::kFieldManager)) {
    auto taken = co_await client_.Merge(action.resource, action.key, *patch, api::kFieldManager);
    if (!taken) co_return tl::make_unexpected(std::move(taken.error()));
    if (!IsOwned(**taken, pool)) co_return ConflictText(**taken, pool);
    live = *taken;
  }
  Json body = action.body;
  body["metadata"]["uid"] = kube::UidOf(*live);
  // What a ConfigMap says follows from what it said: only the last state of it may be replaced.
  if (action.resource == kube::kConfigMaps) {
    body["metadata"]["resourceVersion"] = kube::ResourceVersionOf(*live);
  }
  kube::ApplyOptions options{.field_manager = api::kFieldManager};
  auto answer = co_await client_.Apply(action.resource, body, std::move(options));
  co_return Learned(action, std::move(answer));
}

asio::awaitable<Applier::Outcome> Applier::Delete(const Action& action) {
  const kube::Preconditions preconditions{
      .uid = kube::UidOf(*action.live), .resource_version = kube::ResourceVersionOf(*action.live)};
  auto answer = co_await client_.Delete(action.resource, action.key, preconditions);
  if (!answer) co_return tl::make_unexpected(std::move(answer.error()));
  co_return std::string();
}

}  // namespace monoceros::workerpool
