// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace grpc {
class Status;
template <class Response>
class ServerWriteReactor;
}  // namespace grpc
namespace monoceros::control::v1 {
class Status;
class WatchStatusRequest;
}  // namespace monoceros::control::v1

namespace monoceros::agent {

struct ControlParts;

// Streams of WatchStatus that may be open at a time.
inline constexpr int kMaxWatchStreams = 64;

// Sends a Status at once and one each interval. At most one waits while the client does not read:
// the newest replaces it. While no pool can be seen, the state is "unavailable". Deletes itself.
grpc::ServerWriteReactor<control::v1::Status>* StartWatch(
    ControlParts& parts, const control::v1::WatchStatusRequest& request);

// A stream that ends at once.
grpc::ServerWriteReactor<control::v1::Status>* RefuseWatch(const grpc::Status& status);

}  // namespace monoceros::agent
