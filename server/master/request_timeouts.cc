// SPDX-License-Identifier: Apache-2.0
#include "master/request_timeouts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace monoceros::master {

base::Nanoseconds InterruptGrace(double request_timeout) {
  return base::FromSeconds(std::clamp(request_timeout / 2, 1.0, 5.0));
}

void RequestTimeouts::Keep(const config::Settings& settings, base::Nanoseconds now) {
  const RouterProcess::TimedOut news = router_.TakeTimedOut();
  for (const RouterProcess::Exchange& exchange : news.over) Judge(exchange, settings, now);
  std::erase_if(interrupted_, [&](const Interrupted& each) {
    const std::pair of(each.exchange.incarnation, each.exchange.id);
    return std::ranges::find(news.ended, of) != news.ended.end();
  });
  ReplaceStubborn(now);
  pool_.EndLingering(static_cast<size_t>(std::max(settings.workers, 1)));
}

void RequestTimeouts::Judge(const RouterProcess::Exchange& exchange,
                            const config::Settings& settings, base::Nanoseconds now) {
  const Worker* const worker = pool_.Get(exchange.incarnation);
  const std::string about = fmt::format(
      "Request timeout in worker (pid:{}): {} has been running for {:.1f} s",
      worker != nullptr ? worker->pid() : -1, exchange.request, base::ToSeconds(exchange.age));
  const bool serves = worker != nullptr && !worker->leaving() && !worker->wants_replacement();
  if (!serves || settings.request_timeout_action != "interrupt") {
    return Replace(exchange, about, now);
  }
  context_.log.Warning("{}; interrupting it", about);
  pool_.Interrupt(exchange.incarnation, exchange.id);
  interrupted_.push_back({exchange, now, now + InterruptGrace(settings.request_timeout)});
}

void RequestTimeouts::Replace(const RouterProcess::Exchange& exchange, const std::string& about,
                              base::Nanoseconds now) {
  if (!pool_.ReplaceTimedOut(exchange.incarnation)) return context_.log.Warning("{}", about);
  const Worker& worker = *pool_.Get(exchange.incarnation);
  StackRequest request{StackRequest::Purpose::kSlowRequest, worker.identity().row, worker.pid()};
  request.about = about + "; its worker is replaced";
  stacks_.Read(std::move(request), now);
}

void RequestTimeouts::ReplaceStubborn(base::Nanoseconds now) {
  const auto over = std::ranges::partition(
      interrupted_, [now](const Interrupted& each) { return each.deadline > now; });
  const std::vector<Interrupted> stubborn(over.begin(), over.end());
  interrupted_.erase(over.begin(), over.end());
  for (const Interrupted& each : stubborn) {
    const Worker* const worker = pool_.Get(each.exchange.incarnation);
    if (worker == nullptr) continue;
    Replace(each.exchange,
            fmt::format("Interrupted request in worker (pid:{}): {} still runs after {:.1f} s",
                        worker->pid(), each.exchange.request, base::ToSeconds(now - each.since)),
            now);
  }
}

base::Nanoseconds RequestTimeouts::NextDeadline(base::Nanoseconds otherwise) const {
  for (const Interrupted& each : interrupted_) otherwise = std::min(otherwise, each.deadline);
  return otherwise;
}

}  // namespace monoceros::master
