// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/log_sinks.h"
#include "base/message_socket.h"
#include "worker/classes/accounting.h"
#include "worker/python/ref.h"
#include "worker/template/fork.h"
#include "worker/template/orders.h"

namespace monoceros::worker {

// The template: the application's interpreter, from which workers are forked on the master's order
// (docs/control_messages.md). One thread. In a worker that it forked, Run returns when the worker
// leaves.
class Template {
 public:
  // `socket` is its connection to the master.
  explicit Template(base::Fd socket);

  // The process's exit status: 0 when the master closed the socket or a worker was stopped, 3 when
  // the application did not import; -1 with an exception pending. Needs the GIL.
  int Run();

 private:
  bool Begin();
  base::Result<void> Patch();
  void BeginAccounting();
  base::Result<std::vector<std::string>> Preload();
  int FollowMaster();
  base::ReceiveStatus Await(base::Message& message);
  // The worker's exit status in the worker, nothing in the template.
  std::optional<int> Fork(base::Message message);
  int BecomeWorker(ForkedWorker forked, ForkOrder order);
  void UseLogger(const char* process);

  base::MessageSocket socket_;
  base::DirectSink sink_;
  std::unique_ptr<base::Logger> logger_;
  StartOrder start_;
  Accounting accounting_;
  python::Ref application_;  // only when preloaded
};

}  // namespace monoceros::worker
