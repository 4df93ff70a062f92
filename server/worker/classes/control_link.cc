// SPDX-License-Identifier: Apache-2.0
#include "worker/classes/control_link.h"

#include <nlohmann/json.hpp>

#include "worker/template/orders.h"
#include "worker/template/reports.h"

namespace monoceros::worker {

std::optional<Wish> ControlLink::Next() {
  base::Message message;
  while (true) {
    switch (socket_.Receive(message)) {
      case base::ReceiveStatus::kEmpty:
        return std::nullopt;
      case base::ReceiveStatus::kClosed:
        return Wish{Wish::Kind::kOrphan, std::nullopt};
      case base::ReceiveStatus::kMessage:
        break;
    }
    const std::string operation = Operation(message);
    if (operation == "stop") return Wish{Wish::Kind::kStop, std::nullopt};
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

}  // namespace monoceros::worker
