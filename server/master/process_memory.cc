// SPDX-License-Identifier: Apache-2.0
#include "master/process_memory.h"

#include <string.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace monoceros::master {
namespace {

// The strings lie one behind the other; the bytes from the first to the first gap.
size_t ContiguousBytes(char** strings) {
  const char* const begin = *strings;
  const char* end = begin;
  for (; *strings != nullptr && *strings == end; ++strings) end += ::strlen(*strings) + 1;
  return static_cast<size_t>(end - begin);
}

}  // namespace

ProcessMemory::ProcessMemory(char** arguments, char** environment)
    : arguments_(*arguments),
      arguments_bytes_(ContiguousBytes(arguments)),
      environment_(*environment),
      environment_bytes_(ContiguousBytes(environment)) {}

void ProcessMemory::ScrubEnvironment() {
  const char* zone = std::getenv("TZ");
  const std::string kept_zone = zone != nullptr ? zone : "";
  const bool has_zone = zone != nullptr;
  // Before the memory goes, because clearing reads it no more.
  ::clearenv();
  if (environment_bytes_ > 0) ::explicit_bzero(environment_, environment_bytes_);
  if (has_zone) ::setenv("TZ", kept_zone.c_str(), 1);
}

void ProcessMemory::ScrubAndRename(std::string_view title) {
  ScrubEnvironment();
  const std::string name(title);
  ::prctl(PR_SET_NAME, name.c_str());
  // A title longer than the arguments runs on into the environment's memory, which the kernel
  // shows when the arguments' last byte is not NUL.
  const bool adjacent = arguments_ + arguments_bytes_ == environment_;
  const size_t room = arguments_bytes_ + (adjacent ? environment_bytes_ : 0);
  if (room == 0) return;
  ::memset(arguments_, 0, arguments_bytes_);
  ::memcpy(arguments_, name.data(), std::min(name.size(), room - 1));
}

}  // namespace monoceros::master
