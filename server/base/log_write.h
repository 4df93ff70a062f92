// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace monoceros::base {

enum class WriteOutcome {
  kWritten,  // some bytes; all of them to a regular file
  kNoRoom,   // the reader did not make room in time
  kFailed,   // no reader, a full disk: waiting does not help
};

// Writes the next piece of `bytes` (at most PIPE_BUF, whole lines where one ends in reach; a
// regular file takes everything) to a descriptor that may be a blocking one shared with other
// processes, without ever waiting in write(2). Removes from `bytes` what was written. Waits at
// most `milliseconds` (0: not at all) for room.
WriteOutcome WritePiece(int fd, std::string_view& bytes, int milliseconds);

}  // namespace monoceros::base
