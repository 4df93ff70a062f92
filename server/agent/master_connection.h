// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/master_client.h"

namespace monoceros::agent {

// One connection to a master and the orders that are open on it. One thread. Every listener that it
// was given is answered exactly once, at the latest when it is destroyed.
class MasterConnection {
 public:
  MasterConnection(base::MessageSocket socket, const std::string& version);
  ~MasterConnection();

  void Submit(nlohmann::json order, base::Nanoseconds deadline,
              std::shared_ptr<OrderListener> listener);
  // Reads what has come. False: the connection has ended.
  bool Read();
  // Answers what took too long.
  void Expire(base::Nanoseconds now);
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;
  const MasterInfo& info() const { return info_; }
  int fd() const { return socket_.fd(); }

 private:
  struct Open {
    std::shared_ptr<OrderListener> listener;
    base::Nanoseconds deadline;
  };

  void Handle(const base::Message& message);
  void OnHello(const nlohmann::json& fields);
  void OnAnswer(const std::string& op, const nlohmann::json& fields, const base::Message& message);

  base::MessageSocket socket_;
  MasterInfo info_;
  int64_t last_id_ = 0;
  std::map<int64_t, Open> open_;
};

}  // namespace monoceros::agent
