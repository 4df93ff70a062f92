// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>

namespace monoceros::master {

// Who is at the other end of a Unix socket, as it was when it connected.
struct PeerRights {
  uid_t user = 0;
  gid_t group = 0;
};

// By SO_PEERCRED; never by the pid, which another PID namespace makes meaningless. Nothing when the
// socket has no such peer.
std::optional<PeerRights> PeerOf(int socket);

// Root, `own_user` and members of `own_group` (by their own group) may.
bool MayControl(const PeerRights& peer, uid_t own_user, gid_t own_group);

}  // namespace monoceros::master
