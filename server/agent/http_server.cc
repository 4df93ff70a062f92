// SPDX-License-Identifier: Apache-2.0
#include "agent/http_server.h"

#include <sys/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "agent/http_session.h"
#include "base/syscall.h"

namespace monoceros::agent {
namespace {

namespace asio = boost::asio;

constexpr int kMaxSessions = 64;
constexpr std::chrono::milliseconds kPause{50};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(base::Fd listening, HttpHandler& handler)
      : shared_{handler}, pause_(context_), listening_(context_, listening.get()) {
    listening.Release();
    listening_.non_blocking(true);
    Wait();
    thread_ = std::jthread([this] { context_.run(); });
  }

  ~Impl() { Stop(); }

  void Stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Wait() {
    listening_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this](const boost::system::error_code& error) {
                            if (!error) Accept();
                          });
  }

  void Accept() {
    base::Fd fd(
        ::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd && (errno == EMFILE || errno == ENFILE)) return Pause();
    if (fd && shared_.sessions < kMaxSessions) Serve(std::move(fd));
    Wait();
  }

  // Out of descriptors: the connection stays where it is, and asking at once again would spin.
  void Pause() {
    pause_.expires_after(kPause);
    pause_.async_wait([this](const boost::system::error_code& error) {
      if (!error) Wait();
    });
  }

  void Serve(base::Fd fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    HttpSession::Protocol::socket socket(
        context_, HttpSession::Protocol(address.ss_family, /*protocol=*/0), fd.Release());
    std::make_shared<HttpSession>(std::move(socket), shared_)->Start();
  }

  HttpShared shared_;  // outlives the context, which ends the sessions
  asio::io_context context_{1};
  asio::steady_timer pause_;
  asio::posix::stream_descriptor listening_;
  std::jthread thread_;
};

HttpServer::HttpServer(base::Fd listening, HttpHandler& handler)
    : impl_(std::make_unique<Impl>(std::move(listening), handler)) {}

HttpServer::~HttpServer() = default;

void HttpServer::Stop() { impl_->Stop(); }

}  // namespace monoceros::agent
