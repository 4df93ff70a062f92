// SPDX-License-Identifier: Apache-2.0
#include "agent/master_connection.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace monoceros::agent {
namespace {

using nlohmann::json;

// As many as the master accepts on one connection.
constexpr size_t kMaxOpenOrders = 32;
constexpr off_t kMaxResultBytes = 32 << 20;

std::string Text(const json& fields, const char* name) {
  const auto field = fields.find(name);
  return field != fields.end() && field->is_string() ? field->get<std::string>() : "";
}

uint64_t Number(const json& fields, const char* name) {
  const auto field = fields.find(name);
  return field != fields.end() && field->is_number_unsigned() ? field->get<uint64_t>() : 0;
}

// The content of the memory file that came with an answer; empty when there is none.
std::string ReadResult(const base::Message& message) {
  struct stat status{};
  if (message.fds.empty() || ::fstat(message.fds.front().get(), &status) != 0) return "";
  if (!S_ISREG(status.st_mode) || status.st_size > kMaxResultBytes) return "";
  std::string text(static_cast<size_t>(status.st_size), '\0');
  size_t have = 0;
  while (have < text.size()) {
    const ssize_t count = ::pread(message.fds.front().get(), text.data() + have, text.size() - have,
                                  static_cast<off_t>(have));
    if (count <= 0) break;
    have += static_cast<size_t>(count);
  }
  text.resize(have);
  return text;
}

OrderOutcome OutcomeOf(const json& fields, const base::Message& message) {
  OrderOutcome outcome{Text(fields, "code"), Text(fields, "message"),
                       Number(fields, "live_revision"), ReadResult(message)};
  const auto ok = fields.find("ok");
  const bool failed = ok != fields.end() && ok->is_boolean() && !ok->get<bool>();
  if (failed && outcome.code.empty()) outcome.code = "unknown";
  return outcome;
}

}  // namespace

MasterConnection::MasterConnection(base::MessageSocket socket, const std::string& version)
    : socket_(std::move(socket)) {
  info_.connected = true;
  socket_.Send(json{{"op", "hello"}, {"version", version}, {"features", {"agent"}}}.dump());
}

MasterConnection::~MasterConnection() {
  for (auto& [id, order] : open_) {
    order.listener->OnOrderDone({"unavailable",
                                 "the connection to the master ended before it answered; look at "
                                 "the status for what became of it",
                                 0, ""});
  }
}

void MasterConnection::Submit(json order, base::Nanoseconds deadline,
                              std::shared_ptr<OrderListener> listener) {
  if (open_.size() >= kMaxOpenOrders) {
    return listener->OnOrderDone(
        {"resource_exhausted",
         fmt::format("{} orders wait for the master; try again later", open_.size()), 0, ""});
  }
  order["id"] = ++last_id_;
  const std::string text = order.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > base::kMaxMessageBytes) {
    return listener->OnOrderDone(
        {"invalid_argument",
         fmt::format("the request is too long: at most {} bytes", base::kMaxMessageBytes), 0, ""});
  }
  if (!socket_.Send(text)) {
    return listener->OnOrderDone(
        {"unavailable", "the master does not read its socket; try again later", 0, ""});
  }
  open_[last_id_] = {std::move(listener), deadline};
}

bool MasterConnection::Read() {
  base::Message message;
  for (;;) {
    const base::ReceiveStatus status = socket_.Receive(message);
    if (status != base::ReceiveStatus::kMessage) return status == base::ReceiveStatus::kEmpty;
    Handle(message);
  }
}

void MasterConnection::Handle(const base::Message& message) {
  const json fields = json::parse(message.json, nullptr, /*allow_exceptions=*/false);
  if (!fields.is_object()) return;
  const std::string op = Text(fields, "op");
  if (op == "hello") return OnHello(fields);
  if (op == "event" || op == "done") OnAnswer(op, fields, message);
}

void MasterConnection::OnHello(const json& fields) {
  info_.version = Text(fields, "version");
  info_.managed = fields.value("managed", json()).is_boolean() && fields["managed"].get<bool>();
  info_.features.clear();
  for (const json& feature : fields.value("features", json::array())) {
    if (feature.is_string()) info_.features.push_back(feature.get<std::string>());
  }
}

void MasterConnection::OnAnswer(const std::string& op, const json& fields,
                                const base::Message& message) {
  const auto found = open_.find(static_cast<int64_t>(Number(fields, "id")));
  if (found == open_.end()) return;
  if (op == "event") {
    return found->second.listener->OnOrderEvent(
        {Text(fields, "message"), static_cast<uint32_t>(Number(fields, "workers_done")),
         static_cast<uint32_t>(Number(fields, "workers_total"))});
  }
  const std::shared_ptr<OrderListener> listener = std::move(found->second.listener);
  open_.erase(found);
  listener->OnOrderDone(OutcomeOf(fields, message));
}

void MasterConnection::Expire(base::Nanoseconds now) {
  for (auto order = open_.begin(); order != open_.end();) {
    if (order->second.deadline > now) {
      ++order;
      continue;
    }
    const std::shared_ptr<OrderListener> listener = std::move(order->second.listener);
    order = open_.erase(order);
    listener->OnOrderDone({"deadline_exceeded", "the master did not answer in time", 0, ""});
  }
}

base::Nanoseconds MasterConnection::NextDeadline(base::Nanoseconds otherwise) const {
  for (const auto& [id, order] : open_) otherwise = std::min(otherwise, order.deadline);
  return otherwise;
}

}  // namespace monoceros::agent
