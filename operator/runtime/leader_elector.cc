// SPDX-License-Identifier: Apache-2.0
#include "runtime/leader_elector.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "base/log.h"
#include "runtime/deadline.h"
#include "runtime/operator_metrics.h"

namespace monoceros::runtime {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

// Up to a fifth longer, so that those who wait do not all ask at the same time.
std::chrono::nanoseconds Jittered(std::chrono::nanoseconds time) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return time + time * std::uniform_int_distribution<int>(0, 200)(random) / 1000;
}

}  // namespace

LeaderElector::LeaderElector(kube::Client& client, Options options, OperatorMetrics* metrics)
    : client_(client), options_(std::move(options)), metrics_(metrics) {
  SetLeading(false);
}

asio::awaitable<std::string> LeaderElector::Run(std::function<void()> started) {
  while (true) {
    const steady_clock::time_point before = steady_clock::now();
    const std::optional<bool> held = co_await WithDeadline(Try(), options_.renew_within);
    if (held.value_or(false)) {
      renewed_ = before;
      break;
    }
    co_await Sleep(Jittered(options_.retry));
  }
  SetLeading(true);
  started();
  const std::string lost = co_await Renew();
  SetLeading(false);
  co_return lost;
}

// Counted from before the request that renewed: the API server had it later than that.
asio::awaitable<std::string> LeaderElector::Renew() {
  while (true) {
    co_await Sleep(options_.retry);
    const steady_clock::time_point before = steady_clock::now();
    const steady_clock::time_point end = renewed_ + options_.renew_within;
    std::optional<bool> held = false;
    if (before < end) held = co_await WithDeadline(Try(), end - before);
    if (held.value_or(false)) {
      renewed_ = before;
    } else if (watch_.HeldByOther(options_.identity, steady_clock::now())) {
      co_return fmt::format("the Lease {}/{} is held by {}", options_.ns, options_.name,
                            watch_.record().holder);
    } else if (steady_clock::now() >= end) {
      co_return fmt::format("the Lease {}/{} could not be renewed within {} s{}{}", options_.ns,
                            options_.name, options_.renew_within.count(),
                            trouble_.empty() ? "" : ": ", trouble_);
    }
  }
}

// Whether we hold it now.
asio::awaitable<bool> LeaderElector::Try() {
  if (leading_ && lease_ != nullptr) {
    // Most often nobody touched it since: one request instead of two.
    const bool kept = co_await Write(lease_);
    if (kept) co_return true;
  }
  lease_ = nullptr;
  const kube::Key key{options_.ns, options_.name};
  const kube::Result<kube::Object> found = co_await client_.Get(kube::kLeases, key);
  if (!found && !found.error().IsNotFound()) {
    Note(found.error());
    co_return false;
  }
  if (found) {
    watch_.Observe(ReadLease(**found), steady_clock::now());
    if (watch_.HeldByOther(options_.identity, steady_clock::now())) {
      Follow(watch_.record().holder);
      co_return false;
    }
  }
  kube::Object last;
  if (found) last = *found;
  const bool written = co_await Write(last);
  co_return written;
}

// Puts our name into the Lease, or makes one.
asio::awaitable<bool> LeaderElector::Write(kube::Object last) {
  const LeaseRecord before = last == nullptr ? LeaseRecord{} : ReadLease(*last);
  const LeaseRecord record =
      TakenBy(options_.identity, options_.lease, before, system_clock::now());
  const kube::Key key{options_.ns, options_.name};
  kube::Json wanted = last == nullptr ? kube::Json() : *last;
  wanted = WithRecord(std::move(wanted), key, record);
  kube::Result<kube::Object> answer = nullptr;
  if (last == nullptr) {
    answer = co_await client_.Create(kube::kLeases, wanted, options_.name);
  } else {
    answer = co_await client_.Update(kube::kLeases, wanted, options_.name);
  }
  if (!answer) {
    // Somebody else was faster: no fault.
    if (answer.error().status != 409) Note(answer.error());
    co_return false;
  }
  lease_ = *answer;
  watch_.Observe(ReadLease(*lease_), steady_clock::now());
  trouble_.clear();
  co_return true;
}

asio::awaitable<void> LeaderElector::Release() {
  if (!leading_) co_return;
  SetLeading(false);
  const kube::Key key{options_.ns, options_.name};
  const kube::Result<kube::Object> found = co_await client_.Get(kube::kLeases, key);
  if (!found) {
    Note(found.error());
    co_return;
  }
  const LeaseRecord last = ReadLease(**found);
  if (last.holder != options_.identity) co_return;
  kube::Json wanted = WithRecord(**found, key, Freed(last, system_clock::now()));
  const auto answer = co_await client_.Update(kube::kLeases, wanted, options_.name);
  if (!answer) {
    Note(answer.error());
  } else if (options_.log != nullptr) {
    options_.log->Info("Gave up the Lease {}/{}", options_.ns, options_.name);
  }
}

void LeaderElector::SetLeading(bool leading) {
  if (leading && options_.log != nullptr) {
    options_.log->Info("Holds the Lease {}/{} as {}", options_.ns, options_.name,
                       options_.identity);
  }
  leading_ = leading;
  if (metrics_ != nullptr) metrics_->Leading(options_.name, leading);
}

// Each once, not every two seconds.
void LeaderElector::Note(const kube::Error& error) {
  if (trouble_ == error.message) return;
  trouble_ = error.message;
  if (options_.log == nullptr) return;
  options_.log->Warning("The Lease {}/{}: {}", options_.ns, options_.name, trouble_);
}

void LeaderElector::Follow(const std::string& holder) {
  trouble_.clear();
  if (followed_ == holder) return;
  followed_ = holder;
  if (options_.log == nullptr) return;
  options_.log->Info("Waits for the Lease {}/{}, which {} holds", options_.ns, options_.name,
                     holder);
}

}  // namespace monoceros::runtime
