// SPDX-License-Identifier: Apache-2.0
#include "kube/informer.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/log.h"

namespace monoceros::kube {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kShortestWatch{300};
constexpr seconds kLongestWatch{600};
// A watch that ends sooner did not work, whatever the server says.
constexpr seconds kTooShort{1};

// Whether a watch may go on where it stopped: the connection broke, or the server was busy.
bool CanResume(const Error& error) {
  if (error.IsAhead()) return false;
  return error.status == 0 || error.status == 429 || error.status >= 500;
}

Error EndedAtOnce(const Resource& resource) {
  Error error;
  error.message = "the watch of " + std::string(resource.plural) + " ended as soon as it began";
  return error;
}

}  // namespace

Informer::Informer(Client& client, Resource resource, std::string ns, std::string label_selector)
    : client_(client),
      resource_(resource),
      ns_(std::move(ns)),
      label_selector_(std::move(label_selector)),
      random_(std::random_device{}()) {}

void Informer::OnChange(Handler handler) { handlers_.push_back(std::move(handler)); }

Awaitable<void> Informer::Run() {
  bool listed = false;
  for (;;) {
    const auto started = steady_clock::now();
    Result<void> done;
    if (listed) {
      done = co_await Follow();
    } else {
      done = co_await Relist();
      listed = done.has_value();
      if (listed) continue;
    }
    const bool short_lived = steady_clock::now() - started < kTooShort;
    if (!done) listed = listed && CanResume(done.error());
    // A watch that grew too old in good time is no trouble.
    const bool expired = !done && done.error().IsExpired();
    if (!short_lived && (done || expired)) continue;
    if (!expired) Trouble(done ? EndedAtOnce(resource_) : done.error());
    co_await Pause();
  }
}

Object Informer::Get(const Key& key) const { return cache_.Get(key); }

std::vector<Object> Informer::List(const std::string& ns) const { return cache_.List(ns); }

void Informer::Learn(const Object& object) {
  if (object != nullptr) cache_.Learn(object);
}

Awaitable<Result<void>> Informer::Relist() {
  ListOptions options;
  options.label_selector = label_selector_;
  Result<ObjectList> list = co_await client_.List(resource_, ns_, options);
  if (!list) co_return tl::make_unexpected(std::move(list.error()));
  const std::vector<ObjectCache::Change> changes = cache_.Replace(*list);
  synced_ = true;
  Mend();
  for (const ObjectCache::Change& change : changes) Tell(change);
  co_return Result<void>();
}

Awaitable<Result<void>> Informer::Follow() {
  WatchOptions options;
  options.label_selector = label_selector_;
  options.resource_version = cache_.version();
  options.timeout =
      kShortestWatch +
      seconds(static_cast<int64_t>(Chance() * (kLongestWatch - kShortestWatch).count()));
  options.opened = [this] { Mend(); };
  Result<void> ended =
      co_await client_.Watch(resource_, ns_, options, [this](const WatchEvent& event) {
        if (const auto change = cache_.Take(event)) Tell(*change);
      });
  co_return ended;
}

Awaitable<void> Informer::Pause() {
  const auto wait = backoff_.Next(steady_clock::now(), Chance());
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, wait);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

void Informer::Tell(const ObjectCache::Change& change) const {
  for (const Handler& handler : handlers_) handler(change.before, change.after);
}

void Informer::Trouble(const Error& error) {
  base::Logger* log = client_.log();
  if (log != nullptr && trouble_ != error.message) {
    log->Warning("The cache of {} is cut off and is tried again: {}", resource_.plural,
                 error.message);
  }
  trouble_ = error.message;
}

void Informer::Mend() {
  base::Logger* log = client_.log();
  if (log != nullptr && !trouble_.empty()) {
    log->Info("The cache of {} follows the API server again", resource_.plural);
  }
  trouble_.clear();
}

double Informer::Chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

}  // namespace monoceros::kube
