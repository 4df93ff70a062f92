// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/control_link.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "worker/template/orders.h"
#include "worker/template/reports.h"

namespace monoceros::worker {
namespace {

// 0 when the message names no count.
uint32_t ParseThreads(const base::Message& message) {
  const auto json = nlohmann::json::parse(message.json, nullptr, /*allow_exceptions=*/false);
  const auto count = json.find("count");
  if (count == json.end() || !count->is_number_integer()) return 0;
  return static_cast<uint32_t>(std::clamp<int64_t>(count->get<int64_t>(), 0, UINT32_MAX));
}

}  // namespace

std::optional<Wish> ControlLink::Next() {
  base::Message message;
  while (true) {
    switch (socket_.Receive(message)) {
      case base::ReceiveStatus::kEmpty:
        return std::nullopt;
      case base::ReceiveStatus::kClosed:
        return Wish{Wish::Kind::kOrphan};
      case base::ReceiveStatus::kMessage:
        break;
    }
    const std::string operation = Operation(message);
    if (operation == "drain") return Wish{Wish::Kind::kDrain};
    if (operation == "stop") return Wish{Wish::Kind::kStop};
    if (operation == "threads") {
      return Wish{.kind = Wish::Kind::kThreads, .threads = ParseThreads(message)};
    }
    if (operation != "attach") continue;
    base::Result<channel::WorkerFds> channel = ParseAttach(std::move(message));
    if (channel) return Wish{Wish::Kind::kAttach, std::move(*channel)};
  }
}

void ControlLink::SendReady() { socket_.Send(R"({"op":"ready"})"); }
void ControlLink::SendFailed(const std::string& error) { socket_.Send(FailedReport(error)); }

void ControlLink::SendRetire(const char* reason) {
  socket_.Send(nlohmann::json{{"op", "retire"}, {"reason", reason}}.dump());
}

void ControlLink::SendThreads(uint32_t count) {
  socket_.Send(nlohmann::json{{"op", "threads"}, {"count", count}}.dump());
}

}  // namespace monoceros::worker
