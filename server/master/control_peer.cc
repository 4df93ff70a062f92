// SPDX-License-Identifier: Apache-2.0
#include "master/control_peer.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <utility>

#include "base/syscall.h"

namespace monoceros::master {
namespace {

using nlohmann::json;

std::optional<ControlMessage> Parse(const std::string& text) {
  json fields = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!fields.is_object() || !fields.contains("op") || !fields["op"].is_string()) return {};
  std::string op = fields["op"];
  return ControlMessage{std::move(op), std::move(fields)};
}

}  // namespace

std::string ControlMessage::Text(const char* name) const {
  const auto field = fields.find(name);
  return field != fields.end() && field->is_string() ? field->get<std::string>() : "";
}

int64_t ControlMessage::Number(const char* name, int64_t fallback) const {
  const auto field = fields.find(name);
  return field != fields.end() && field->is_number_integer() ? field->get<int64_t>() : fallback;
}

ControlPeer::ControlPeer(base::EventLoop& loop, base::MessageSocket socket)
    : loop_(loop), socket_(std::move(socket)) {
  loop_.Add(socket_.fd(), EPOLLIN, this);
}

ControlPeer::~ControlPeer() { Close(); }

void ControlPeer::OnEvents(uint32_t) { readable_ = true; }

void ControlPeer::Close() {
  if (closed_) return;
  closed_ = true;
  loop_.Remove(socket_.fd());
  socket_.Close();
  outbox_.clear();
}

void ControlPeer::Send(const json& message, const std::vector<int>& fds) {
  if (closed_) return;
  // Texts of people may hold bytes that are no UTF-8; a message must not fail for that.
  std::string text = message.dump(-1, ' ', false, json::error_handler_t::replace);
  if (Flush() && socket_.Send(text, fds)) return;
  Waiting waiting{std::move(text), {}};
  for (const int fd : fds) {
    waiting.fds.emplace_back(
        base::Check(::fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl(F_DUPFD_CLOEXEC, {})", fd));
  }
  outbox_.push_back(std::move(waiting));
}

bool ControlPeer::Flush() {
  while (!closed_ && !outbox_.empty()) {
    std::vector<int> fds;
    for (const base::Fd& fd : outbox_.front().fds) fds.push_back(fd.get());
    if (!socket_.Send(outbox_.front().json, fds)) return false;
    outbox_.pop_front();
  }
  return true;
}

std::optional<ControlMessage> ControlPeer::Next() { return readable_ ? NextNow() : std::nullopt; }

std::optional<ControlMessage> ControlPeer::NextNow() {
  if (closed_) return {};
  base::Message raw;
  const base::ReceiveStatus status = socket_.Receive(raw);
  if (status == base::ReceiveStatus::kMessage) {
    std::optional<ControlMessage> message = Parse(raw.json);
    if (!message) Close();
    return message;
  }
  readable_ = false;
  if (status == base::ReceiveStatus::kClosed) Close();
  return {};
}

}  // namespace monoceros::master
