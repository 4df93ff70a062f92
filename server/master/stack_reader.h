// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "master/control_server.h"
#include "master/helper_process.h"
#include "master/template_keeper.h"

namespace monoceros::master {

// Whose stacks, and what for.
struct StackRequest {
  enum class Purpose { kOrder, kTimeout, kSlowRequest };
  Purpose purpose = Purpose::kOrder;
  uint32_t slot = 0;
  pid_t pid = -1;
  OrderId order = {};        // kOrder
  uint32_t incarnation = 0;  // kTimeout
  std::string about = {};    // kSlowRequest: what the log says of it
};

struct StackAnswer {
  StackRequest request;
  std::optional<std::string> json;  // the fields of Stacks
  std::string code;                 // without json: a gRPC code
  std::string error;
};

// Has the stacks of workers read by the program monoceros-stacks, beside this one, without ever
// waiting for it. Keeps those of workers that timed out.
class StackReader {
 public:
  // Everything outlives it; `scoreboard` is handed to the program.
  StackReader(const MasterContext& context, const base::Fd& scoreboard);

  // The answer comes later, also when nothing can be read.
  void Read(StackRequest request, base::Nanoseconds now);
  // Collects what is finished; call in every turn.
  void Keep(base::Nanoseconds now);
  std::vector<StackAnswer> TakeOrderAnswers() { return std::exchange(order_answers_, {}); }
  // Workers that may be killed now: their stacks are read, or cannot be. (incarnations)
  std::vector<uint32_t> TakeReadyToAbort() { return std::exchange(ready_to_abort_, {}); }
  // The stacks of the last worker of the slot that timed out, or null.
  const std::string* LastTimeout(uint32_t slot) const;
  base::Nanoseconds NextDeadline(base::Nanoseconds otherwise) const;

 private:
  struct Running {
    StackRequest request;
    std::unique_ptr<HelperProcess> process;
  };

  void Answer(StackAnswer answer);
  void Finish(Running& running);

  MasterContext context_;
  const base::Fd& scoreboard_;
  std::string program_;  // empty: not installed
  std::vector<Running> running_;
  std::vector<StackAnswer> order_answers_;
  std::vector<uint32_t> ready_to_abort_;
  std::map<uint32_t, std::string> last_timeouts_;  // by slot
};

// The text for a log of the JSON that monoceros-stacks writes.
std::string FormatStacks(const std::string& json);

}  // namespace monoceros::master
