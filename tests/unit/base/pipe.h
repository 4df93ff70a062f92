// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/fd.h"
#include "base/syscall.h"

namespace monoceros::base {

// Both ends of a blocking pipe.
struct Pipe {
  Fd reader;
  Fd writer;
};

inline Pipe MakePipe() {
  std::array<int, 2> ends;
  Check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  return {Fd(ends[0]), Fd(ends[1])};
}

// Fills the pipe until it takes no byte more, through a descriptor of its own, so that the flags of
// `pipe.writer` stay as they are.
inline void FillPipe(const Pipe& pipe) {
  const std::string path = fmt::format("/proc/self/fd/{}", pipe.writer.get());
  const Fd writer(Check(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), "open"));
  const std::string filler(4096, '.');
  while (::write(writer.get(), filler.data(), filler.size()) > 0) {
  }
}

// Reads until `enough(text)`, the end of the pipe, or ten seconds of silence.
template <typename Enough>
std::string ReadUntil(const Fd& reader, Enough enough) {
  std::string text;
  std::array<char, 65536> buffer;
  while (!enough(text)) {
    pollfd ready{reader.get(), POLLIN, 0};
    if (::poll(&ready, 1, 10'000) <= 0) break;
    const ssize_t length = ::read(reader.get(), buffer.data(), buffer.size());
    if (length <= 0) break;
    text.append(buffer.data(), static_cast<size_t>(length));
  }
  return text;
}

inline std::string ReadToEnd(const Fd& reader) {
  return ReadUntil(reader, [](const std::string&) { return false; });
}

}  // namespace monoceros::base
