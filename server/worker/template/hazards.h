// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "worker/template/snapshot.h"

namespace monoceros::worker {

// What importing the application left behind that must not be forked, each as a sentence that names
// it: threads, sockets, epoll, inotify and io_uring instances, GPU devices, regular files open for
// writing, child processes. `fork_safe_threads` of the new threads belong to pools that look after
// themselves; they are looked for among the threads that Python does not know, which
// `python_threads` names by thread id.
std::vector<std::string> FindHazards(const Snapshot& before, const Snapshot& after,
                                     const std::map<pid_t, std::string>& python_threads,
                                     size_t fork_safe_threads);

// Threads that libraries known to stop and restart their pools around a fork run now. The list is
// in the .cc file, with the reason for each.
size_t CountForkSafeThreads();

}  // namespace monoceros::worker
