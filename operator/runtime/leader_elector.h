// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "kube/client.h"
#include "runtime/lease.h"

namespace monoceros::base {
class Logger;
}  // namespace monoceros::base

namespace monoceros::runtime {

class OperatorMetrics;

// Holds a Lease (coordination.k8s.io/v1) so that one of several operators acts. As client-go's: by
// the local clock only, which is no fence: writes carry resourceVersions or uids besides.
class LeaderElector {
 public:
  struct Options {
    std::string ns;
    std::string name = "monoceros-operator";
    std::string identity;  // pod name and a random part
    std::chrono::seconds lease{15};
    std::chrono::seconds renew_within{10};
    std::chrono::seconds retry{2};
    base::Logger* log = nullptr;
  };
  LeaderElector(kube::Client& client, Options options, OperatorMetrics* metrics);

  // Waits for the Lease, then calls `started` once; returns when the Lease is lost (the process
  // must end then: `lost` says why) or the coroutine is cancelled.
  boost::asio::awaitable<std::string> Run(std::function<void()> started);
  // Gives the Lease up, so that the next one need not wait; at a SIGTERM, after work has stopped.
  boost::asio::awaitable<void> Release();

  bool leading() const { return leading_; }

 private:
  boost::asio::awaitable<std::string> Renew();
  boost::asio::awaitable<bool> Try();
  boost::asio::awaitable<bool> Write(kube::Object last);
  void SetLeading(bool leading);
  void Note(const kube::Error& error);
  void Follow(const std::string& holder);

  kube::Client& client_;
  Options options_;
  OperatorMetrics* metrics_;
  bool leading_ = false;
  LeaseWatch watch_;
  kube::Object lease_;  // as we wrote it last
  std::chrono::steady_clock::time_point renewed_{};
  std::string trouble_;   // the last fault that was logged
  std::string followed_;  // the last other holder that was logged
};

}  // namespace monoceros::runtime
