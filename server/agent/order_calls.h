// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace grpc {
class ServerUnaryReactor;
class Status;
template <class Response>
class ServerWriteReactor;
}  // namespace grpc
namespace monoceros::control::v1 {
class ApplyEvent;
class ApplyResponse;
class Config;
class Stacks;
}  // namespace monoceros::control::v1

namespace monoceros::agent {

class MasterClient;

// Calls that are one order to the master. An order that is an error ends its call with
// INVALID_ARGUMENT. A client that leaves does not stop the order. They delete themselves.

// Fills the response and ends when the order is done. `limit` as in MasterClient::Submit.
grpc::ServerUnaryReactor* StartUnaryOrder(MasterClient& master, base::Result<nlohmann::json> order,
                                          base::Nanoseconds limit,
                                          control::v1::ApplyResponse* response);
grpc::ServerUnaryReactor* StartUnaryOrder(MasterClient& master, base::Result<nlohmann::json> order,
                                          base::Nanoseconds limit, control::v1::Config* response);
grpc::ServerUnaryReactor* StartUnaryOrder(MasterClient& master, base::Result<nlohmann::json> order,
                                          base::Nanoseconds limit, control::v1::Stacks* response);

// Sends the order's events, of which a client that does not read loses the oldest; the last one has
// `done`. An order that fails ends the stream with its error.
grpc::ServerWriteReactor<control::v1::ApplyEvent>* StartOrderStream(
    MasterClient& master, base::Result<nlohmann::json> order);

// A stream that ends at once.
grpc::ServerWriteReactor<control::v1::ApplyEvent>* RefuseOrder(const grpc::Status& status);

}  // namespace monoceros::agent
