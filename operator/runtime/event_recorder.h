// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "kube/client.h"

namespace monoceros::base {
class Logger;
}  // namespace monoceros::base

namespace monoceros::runtime {

struct EventText {
  enum class Type { kNormal, kWarning };
  Type type = Type::kNormal;
  std::string reason;  // "LiveChangeConverged": CamelCase
  std::string action;  // "Push": what the operator did or tried
  std::string note;    // a sentence, at most 1024 bytes are sent
};

// Writes events.k8s.io/v1 events, in the background; what cannot be written is dropped and logged.
// The same event again within 6 minutes becomes a series; per object at most 25 at once and then
// one in 5 minutes.
class EventRecorder {
 public:
  EventRecorder(const boost::asio::any_io_executor& executor, kube::Client& client,
                const std::string& instance, base::Logger* log = nullptr);
  ~EventRecorder();
  // `regarding`: the whole object, of which the reference is taken.
  void Record(const kube::Json& regarding, const EventText& text);
  // Writes the counts of series that wait, and returns when all is written or dropped.
  boost::asio::awaitable<void> Flush();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace monoceros::runtime
