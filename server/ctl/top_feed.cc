// SPDX-License-Identifier: Apache-2.0
#include "ctl/top_feed.h"

#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {

TopFeed::TopFeed(Client& client, double interval)
    : thread_([this, &client, interval] { Run(client, interval); }) {}

TopFeed::~TopFeed() {
  done_ = true;
  thread_.join();
}

void TopFeed::Run(Client& client, double interval) {
  const auto outcome = client.Watch(interval, /*detail=*/true, [this](v1::Status& status) {
    const std::lock_guard lock(mutex_);
    auto now = std::make_shared<v1::Status>(std::move(status));
    pair_ = {now, pair_.now ? pair_.now : now};
    return !done_;
  });
  const std::lock_guard lock(mutex_);
  ended_ = outcome ? Failure{Exit::kOk, ""} : outcome.error();
}

TopFeed::Pair TopFeed::Latest() const {
  const std::lock_guard lock(mutex_);
  return pair_;
}

std::optional<Failure> TopFeed::Ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace monoceros::ctl
