// SPDX-License-Identifier: Apache-2.0
#include "workerpool/reconciler.h"

#include <boost/asio/this_coro.hpp>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/task_group.h"
#include "workerpool/apply.h"
#include "workerpool/builders/checks.h"
#include "workerpool/caches.h"
#include "workerpool/events.h"
#include "workerpool/live.h"
#include "workerpool/plan.h"
#include "workerpool/status.h"
#include "workerpool/visitor.h"

namespace monoceros::workerpool {

namespace asio = boost::asio;
using kube::Json;
using runtime::PassResult;

namespace {

constexpr std::chrono::minutes kLoadInterval{1};

// The message of several problems of one reason is that of all.
std::vector<Problem> Invalid(const std::vector<Problem>& problems) {
  if (problems.empty()) return {};
  std::string message;
  for (const Problem& problem : problems) {
    if (!message.empty()) message += "; ";
    message += problem.message;
  }
  return {{"InvalidSpec", std::move(message)}};
}

}  // namespace

class Reconciler::Impl {
 public:
  Impl(Services services, const std::string& ns)
      : services_(services),
        caches_(services.client, ns, [this](const kube::Key& key) { services_.queue.Add(key); }),
        applier_(services.client, caches_, services.events),
        visitor_(
            services.agents, services.metrics,
            [this](asio::awaitable<void> visit) { tasks_->Spawn(std::move(visit)); },
            [this](const kube::Key& key, std::chrono::nanoseconds after) {
              services_.queue.AddAfter(key, after);
            }) {}

  asio::awaitable<void> Follow() {
    const auto executor = co_await asio::this_coro::executor;
    tasks_.emplace(executor);
    caches_.Follow(*tasks_);
    co_await tasks_->Wait();
  }

  std::string NotReady() const { return caches_.NotReady(); }

  asio::awaitable<PassResult> Reconcile(kube::Key key) {
    const kube::Object object = caches_.Pool(key);
    auto pool = object ? api::ParseWorkerPool(object) : base::Result<api::WorkerPool>();
    if (!object || (pool && pool->deleting)) {
      Forget(key);
      co_return PassResult::Done();
    }
    if (!pool) co_return PassResult::Terminal(pool.error().message);
    co_return co_await Pass(*std::move(pool));
  }

 private:
  asio::awaitable<PassResult> Pass(api::WorkerPool pool) {
    std::vector<Problem> troubles = Invalid(CheckPool(pool));
    const bool writes = !pool.spec.paused && troubles.empty();
    std::optional<kube::Error> failure;
    if (writes) {
      Applied applied = co_await Carry(pool);
      for (std::string& conflict : applied.conflicts) {
        troubles.push_back({"NameConflict", std::move(conflict)});
      }
      failure = std::move(applied.failure);
      if (failure && IsRefusal(*failure)) troubles.push_back({"ApiRefused", failure->message});
    }
    // What the pods are to have is what was written, not what was meant.
    const Observed observed = caches_.Gather(pool, services_.identity.bundle());
    Picture picture = MakePicture(observed, visitor_.Of(pool.key));
    picture.troubles = std::move(troubles);
    visitor_.Visit(pool.key, LookTargets(picture, observed, !pool.spec.paused), Clock::now());
    const auto told = co_await Tell(std::move(picture));
    if (failure) co_return PassResult::Failed(failure->message);
    if (!told && !told.error().IsNotFound()) co_return PassResult::Failed(told.error().message);
    co_return PassResult::Again(visitor_.UntilNext(pool.key, Clock::now()));
  }

  asio::awaitable<Applied> Carry(api::WorkerPool pool) {
    const Observed observed = caches_.Gather(pool, services_.identity.bundle());
    const Picture picture = MakePicture(observed, visitor_.Of(pool.key));
    Plan plan = MakePlan(observed, NextLive(LiveFactsOf(picture, observed)));
    co_return co_await applier_.CarryOut(std::move(pool), std::move(plan));
  }

  // Writes the status, if it changed.
  asio::awaitable<kube::Result<void>> Tell(Picture picture) {
    const api::WorkerPool& pool = picture.pool;
    const Json before = kube::At(*pool.object, "/status");
    const Json after = BuildStatus(picture, before, std::chrono::system_clock::now());
    Count(pool, after);
    if (after == before) co_return kube::Result<void>();
    const auto now = Clock::now();
    const auto last = load_written_.find(pool.key);
    const bool early = last != load_written_.end() && now < last->second + kLoadInterval;
    if (OnlyLoadDiffers(before, after) && early) co_return kube::Result<void>();
    Json object = StatusObject(pool, after);
    kube::ApplyOptions options{.field_manager = api::kFieldManager, .subresource = "status"};
    auto answer = co_await services_.client.Apply(kube::kWorkerPools, object, std::move(options));
    if (!answer) co_return tl::make_unexpected(std::move(answer.error()));
    caches_.Learn(kube::kWorkerPools, *answer);
    if (kube::At(before, "/load") != kube::At(after, "/load")) load_written_[pool.key] = now;
    for (const runtime::EventText& event : EventsOf(before, after)) {
      services_.events.Record(*pool.object, event);
    }
    co_return kube::Result<void>();
  }

  static Json StatusObject(const api::WorkerPool& pool, const Json& status) {
    return {{"apiVersion", kube::kWorkerPools.ApiVersion()},
            {"kind", kube::kWorkerPools.kind},
            {"metadata", {{"name", pool.key.name}, {"namespace", pool.key.ns}, {"uid", pool.uid}}},
            {"status", status}};
  }

  void Count(const api::WorkerPool& pool, const Json& status) {
    ready_[pool.key] = kube::TextAt(ConditionOf(status, "Ready"), "/status");
    services_.metrics.SetReplicas(pool.key, pool.spec.replicas.value_or(0),
                                  kube::NumberAt(status, "/readyReplicas"));
    Count();
  }

  void Count() {
    std::map<std::string, size_t> counts{{"True", 0}, {"False", 0}, {"Unknown", 0}};
    for (const auto& [key, ready] : ready_) ++counts[ready];
    for (const auto& [ready, count] : counts) services_.metrics.SetPools(ready, count);
  }

  void Forget(const kube::Key& key) {
    visitor_.Forget(key);
    load_written_.erase(key);
    services_.metrics.ForgetPool(key);
    if (ready_.erase(key) > 0) Count();
  }

  using Clock = std::chrono::steady_clock;

  Services services_;
  std::optional<runtime::TaskGroup> tasks_;  // since Follow
  Caches caches_;
  Applier applier_;
  Visitor visitor_;
  std::map<kube::Key, Clock::time_point> load_written_;
  std::map<kube::Key, std::string> ready_;  // the status of the condition
};

Reconciler::Reconciler(Services services, const std::string& ns)
    : impl_(std::make_unique<Impl>(services, ns)) {}

Reconciler::~Reconciler() = default;

asio::awaitable<void> Reconciler::Follow() { return impl_->Follow(); }

std::string Reconciler::NotReady() const { return impl_->NotReady(); }

asio::awaitable<PassResult> Reconciler::Reconcile(kube::Key key) {
  return impl_->Reconcile(std::move(key));
}

}  // namespace monoceros::workerpool
