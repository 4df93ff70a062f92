// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>

namespace monoceros::kube {

// A key and a certificate that signs itself.
struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

// `names` as in a certificate's subjectAltName: "IP:127.0.0.1,DNS:localhost".
Identity MakeIdentity(const std::string& names);

// A TLS server on loopback that answers every request with a version; one request a connection.
class TlsPeer {
 public:
  TlsPeer(boost::asio::io_context& io, const Identity& identity);
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  // From now on, for new connections.
  void Use(const Identity& identity);
  // The client must show a certificate of this authority.
  void Require(const std::string& authority_pem);

 private:
  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context& io_;
  boost::asio::ssl::context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace monoceros::kube
