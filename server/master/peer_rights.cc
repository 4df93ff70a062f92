// SPDX-License-Identifier: Apache-2.0
#include "master/peer_rights.h"

#include <sys/socket.h>

namespace monoceros::master {

std::optional<PeerRights> PeerOf(int socket) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return {};
  return PeerRights{credentials.uid, credentials.gid};
}

bool MayControl(const PeerRights& peer, uid_t own_user, gid_t own_group) {
  return peer.user == 0 || peer.user == own_user || peer.group == own_group;
}

}  // namespace monoceros::master
