// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "kube/access.h"
#include "kube/http.h"

namespace boost::asio::ssl {
template <typename Stream>
class stream;  // NOLINT(readability-identifier-naming): their name
}  // namespace boost::asio::ssl

namespace monoceros::kube {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

// A TLS client over the socket (1.2 or newer), its handshake still to be done: authorities and the
// client certificate as `access` says, read now, so that each new connection sees rotated files;
// the peer's certificate must be for the access's server name or host, as a name or an address.
Outcome<std::shared_ptr<TlsStream>> MakeTlsStream(boost::asio::ip::tcp::socket socket,
                                                  const Access& access);

// Why a handshake failed: OpenSSL's reason and, when the certificate was refused, what is wrong.
std::string HandshakeTrouble(TlsStream& stream, const boost::system::error_code& error);

}  // namespace monoceros::kube
