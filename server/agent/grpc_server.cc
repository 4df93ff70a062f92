// SPDX-License-Identifier: Apache-2.0
#include "agent/grpc_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "agent/grpc_credentials.h"
#include "base/fd.h"

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;

constexpr const char* kServiceName = "monoceros.control.v1.Control";
constexpr int kMaxRequestBytes = 256 * 1024;
constexpr int kMaxConcurrentCalls = 128;  // of one connection
constexpr size_t kMemoryLimit = 64 << 20;

void Limit(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetResourceQuota(grpc::ResourceQuota("monoceros-agent").Resize(kMemoryLimit));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentCalls);
  // Two agents on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A peer that vanished is found out, and one that pings often is not cut off.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
}

bool SomebodyListens(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  const base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return true;
  return errno == EAGAIN;
}

// Mode and group as the run directory's: whoever may enter it may speak to us.
void Share(const std::string& path, const std::string& directory) {
  struct stat status{};
  if (::stat(directory.c_str(), &status) == 0) {
    [[maybe_unused]] const int kept = ::chown(path.c_str(), static_cast<uid_t>(-1), status.st_gid);
  }
  ::chmod(path.c_str(), 0660);
}

}  // namespace

struct GrpcServer::State {
  base::Fd folder;   // keeps the short path of a Unix socket valid
  std::string path;  // of a Unix socket
  int port = 0;
  ServerCredentials credentials;
  std::shared_ptr<grpc::Service> service;
  std::unique_ptr<grpc::Server> server;
  ino_t inode = 0;

  bool Listen(const std::string& address, const std::shared_ptr<grpc::ServerCredentials>& creds) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    Limit(builder);
    builder.AddListeningPort(address, creds, &port);
    builder.RegisterService(service.get());
    server = builder.BuildAndStart();
    if (!server || port == 0) return false;
    server->GetHealthCheckService()->SetServingStatus(kServiceName, true);
    return true;
  }
};

GrpcServer::GrpcServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

GrpcServer::~GrpcServer() {
  state_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  state_->server->Wait();
}

Result<std::unique_ptr<GrpcServer>> GrpcServer::StartLocal(ControlParts& parts,
                                                           const Access& access) {
  auto state = std::make_unique<State>();
  const std::string& directory = parts.pool.run_directory();
  state->path = directory + "/control.sock";
  state->folder = base::Fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!state->folder) return Fail(fmt::format("{}: {}", directory, std::strerror(errno)));
  // By way of a descriptor, because the path may be longer than a socket's name can be.
  const std::string name = fmt::format("/proc/self/fd/{}/control.sock", state->folder.get());
  if (SomebodyListens(name)) {
    return Fail(fmt::format("another agent serves {}: stop it, or start the server with --no-agent",
                            state->path));
  }
  state->service = MakeControlService(parts, access);
  if (!state->Listen("unix:" + name, grpc::InsecureServerCredentials())) {
    return Fail(
        fmt::format("cannot listen on {}: make the directory writable for this user", state->path));
  }
  Share(state->path, directory);
  struct stat status{};
  if (::stat(state->path.c_str(), &status) == 0) state->inode = status.st_ino;
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(state)));
}

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(const config::BindAddress& address,
                                                      const config::Settings& settings,
                                                      ControlParts& parts, const Access& access) {
  auto state = std::make_unique<State>();
  const bool local = address.kind == config::BindAddress::Kind::kUnix;
  auto credentials = MakeServerCredentials(settings);
  if (!credentials) return tl::make_unexpected(credentials.error());
  state->credentials = std::move(*credentials);
  state->service = MakeControlService(parts, access);
  if (local) state->credentials.grpc = grpc::InsecureServerCredentials();
  if (!state->Listen(address.ToText(), state->credentials.grpc)) {
    return Fail(
        fmt::format("control_bind: cannot listen on {}: is the address in use or not of "
                    "this machine?",
                    address.ToText()));
  }
  if (local) ::chmod(address.path.c_str(), 0660);
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(state)));
}

bool GrpcServer::Reachable() const {
  struct stat status{};
  return state_->path.empty() ||
         (::stat(state_->path.c_str(), &status) == 0 && status.st_ino == state_->inode);
}

int GrpcServer::port() const { return state_->port; }

}  // namespace monoceros::agent
