// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "kube/http.h"

namespace monoceros::kube {

// A TCP connection to the first of the host's addresses that takes one. Small writes are sent at
// once, and a peer that vanished is noticed within a minute although nothing is sent.
boost::asio::awaitable<Outcome<boost::asio::ip::tcp::socket>> Dial(std::string host,
                                                                   std::string port,
                                                                   SteadyTime deadline);

}  // namespace monoceros::kube
