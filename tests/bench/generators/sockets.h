// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/fd.h"

// What the load generators share. They are measuring tools with one thread: whatever is wrong with
// their arguments or with the machine ends the program with a message.
namespace monoceros::bench {

// Microseconds of the monotonic clock.
int64_t Now();

[[noreturn]] void Die(const char* what);

// A number of the command line.
int64_t ToNumber(const char* text);

// A blocking connection to 127.0.0.1 without Nagle's delay.
base::Fd Connect(uint16_t port);

void SetNonBlocking(int fd);
// Readable events of `fd` will carry `number`.
void Watch(int epoll, int fd, uint64_t number);
// Everything at once; the messages are far smaller than a socket's buffer. False: the peer is gone.
bool SendAll(int fd, std::string_view bytes);

// Latencies in microseconds; `share` from 0 to 1. Reorders them. Milliseconds, 0 where there are
// none.
double Percentile(std::vector<uint32_t>& latencies, double share);

}  // namespace monoceros::bench
