// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "stacks/objects.h"
#include "stacks/remote_memory.h"
#include "stacks/table.h"

namespace monoceros::stacks {

// Most frames that are read of one thread.
inline constexpr size_t kMaxFrames = 256;

struct Frame {
  std::string function;  // qualified
  std::string file;
  uint32_t line = 0;  // 0: not known
};

struct Stack {
  std::vector<Frame> frames;  // innermost first
  bool cut = false;           // there are more
  bool moving = false;        // no look was of one moment: frames may belong to different ones
};

// Reads the stacks of threads.
class Frames {
 public:
  // Both outlive it.
  Frames(const RemoteMemory& memory, const MonocerosStackTable& table)
      : memory_(memory), table_(table), objects_(memory, table) {}

  // The stack of the thread whose PyThreadState is at `thread`; empty when it cannot be read.
  Stack Read(uint64_t thread);

 private:
  struct Step {
    uint64_t frame;
    uint64_t code;
    uint64_t instruction;
  };
  struct Walk {
    std::vector<Step> steps;
    bool cut = false;
    bool whole = false;  // came to the outermost frame
    bool sound = false;  // each frame has a code object
  };
  struct Code {
    std::string function;
    std::string file;
    int64_t first_line = 0;
    std::vector<std::byte> lines;
  };

  Walk WalkTwice(uint64_t thread, bool& moving);
  Walk WalkOnce(uint64_t thread);
  Walk Follow(const RemoteMemory& memory, uint64_t frame) const;
  void CopyChunk(uint64_t thread, CopiedRange& memory) const;
  uint64_t Innermost(uint64_t thread) const;
  const Code* FindCode(uint64_t address);
  bool ReadCode(uint64_t address, Code& code) const;
  static std::tuple<bool, bool, size_t> Rank(const Walk& walk);
  static bool Agree(const Walk& left, const Walk& right);
  static bool Same(const Walk& left, const Walk& right);

  const RemoteMemory& memory_;
  const MonocerosStackTable& table_;
  const Objects objects_;
  std::map<uint64_t, Code> codes_;  // by address
};

}  // namespace monoceros::stacks
