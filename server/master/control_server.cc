// SPDX-License-Identifier: Apache-2.0
#include "master/control_server.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/syscall.h"
#include "master/peer_rights.h"

namespace monoceros::master {
namespace {

using nlohmann::json;

constexpr size_t kMaxConnections = 32;
constexpr int kMaxOpenOrders = 32;
// Answers that a peer has not read; events wait for none.
constexpr size_t kMaxWaiting = 64;

// The text as a memory file; nothing when there is no memory for it.
base::Fd MemoryFile(const std::string& text) {
  base::Fd file(::memfd_create("monoceros-result", MFD_CLOEXEC));
  size_t written = 0;
  while (file && written < text.size()) {
    const ssize_t count = ::write(file.get(), text.data() + written, text.size() - written);
    if (count <= 0) return base::Fd();
    written += static_cast<size_t>(count);
  }
  if (file) ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

bool Lists(const json& fields, const char* name, const char* what) {
  const auto found = fields.find(name);
  return found != fields.end() && found->is_array() && std::ranges::count(*found, json(what)) > 0;
}

json DoneMessage(int64_t id, const OrderOutcome& outcome) {
  return {{"op", "done"},
          {"id", id},
          {"ok", outcome.code.empty()},
          {"code", outcome.code},
          {"message", outcome.message},
          {"live_revision", outcome.live_revision}};
}

}  // namespace

ControlServer::ControlServer(base::EventLoop& loop, base::Logger& log, base::Fd listening)
    : loop_(loop), log_(log), listening_(std::move(listening)) {
  loop_.Add(listening_.get(), EPOLLIN, this);
}

ControlServer::~ControlServer() { loop_.Remove(listening_.get()); }

void ControlServer::OnEvents(uint32_t) { acceptable_ = true; }

void ControlServer::ReadMessages(const Hello& hello) {
  if (std::exchange(acceptable_, false)) Accept();
  congested_ = false;
  for (auto& [number, connection] : connections_) {
    Read(number, connection, hello);
    congested_ |= !connection.peer->Flush();
  }
  std::erase_if(connections_, [](const auto& entry) { return entry.second.peer->closed(); });
}

void ControlServer::Accept() {
  for (;;) {
    base::Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    if (!MayConnect(fd.get())) continue;
    Connection connection;
    connection.peer = std::make_unique<ControlPeer>(loop_, base::MessageSocket(std::move(fd)));
    connections_.emplace(++last_number_, std::move(connection));
  }
}

bool ControlServer::MayConnect(int fd) const {
  if (connections_.size() >= kMaxConnections) {
    log_.Warning("master.sock: more than {} connections; one was refused", kMaxConnections);
    return false;
  }
  const auto peer = PeerOf(fd);
  if (peer && MayControl(*peer, ::geteuid(), ::getegid())) return true;
  log_.Warning(
      "master.sock: a process of user {} was refused: only this server's user, its group "
      "and root may connect",
      peer ? static_cast<int64_t>(peer->user) : -1);
  return false;
}

void ControlServer::Read(uint64_t number, Connection& connection, const Hello& hello) {
  while (auto message = connection.peer->Next()) {
    Handle(number, connection, std::move(*message), hello);
  }
}

void ControlServer::Handle(uint64_t number, Connection& connection, ControlMessage message,
                           const Hello& hello) {
  if (message.op == "hello") {
    connection.is_operator = Lists(message.fields, "features", "operator");
    json answer = hello;
    answer["op"] = "hello";
    if (message.fields.contains("id")) answer["id"] = message.fields["id"];
    return connection.peer->Send(answer);
  }
  const OrderId id{number, message.Number("id", 0)};
  if (++connection.open_orders > kMaxOpenOrders) {
    return SendDone(id, {"failed_precondition", "too many orders are open on this connection"});
  }
  orders_.push_back({id, std::move(message), connection.is_operator});
}

ControlServer::Connection* ControlServer::Find(const OrderId& id) {
  const auto found = connections_.find(id.connection);
  return found == connections_.end() || found->second.peer->closed() ? nullptr : &found->second;
}

void ControlServer::SendEvent(const OrderId& id, const std::string& message, int done, int total) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->peer->waiting() > 0) return;
  connection->peer->Send({{"op", "event"},
                          {"id", id.number},
                          {"message", message},
                          {"workers_done", done},
                          {"workers_total", total}});
}

void ControlServer::SendDone(const OrderId& id, const OrderOutcome& outcome) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  --connection->open_orders;
  if (connection->peer->waiting() >= kMaxWaiting) return connection->peer->Close();
  base::Fd result = outcome.result ? MemoryFile(*outcome.result) : base::Fd();
  std::vector<int> fds;
  if (result) fds.push_back(result.get());
  connection->peer->Send(DoneMessage(id.number, outcome), fds);
}

}  // namespace monoceros::master
