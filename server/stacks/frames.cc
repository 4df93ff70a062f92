// SPDX-License-Identifier: Apache-2.0
#include "stacks/frames.h"

#include <algorithm>
#include <utility>

#include "stacks/line_table.h"

namespace monoceros::stacks {
namespace {

constexpr int kTries = 30;
constexpr uint64_t kMaxChunkBytes = 8 << 10;
constexpr size_t kMaxLinesBytes = 1 << 20;
constexpr size_t kMaxStructBytes = 1024;

// So much holds all fields at these offsets.
size_t BytesFor(std::initializer_list<uint64_t> offsets) {
  return std::min<uint64_t>(std::max(offsets) + sizeof(uint64_t), kMaxStructBytes);
}

}  // namespace

Stack Frames::Read(uint64_t thread) {
  Stack stack;
  const Walk walk = WalkTwice(thread, stack.moving);
  stack.cut = walk.cut;
  for (const Step& step : walk.steps) {
    const Code* code = FindCode(step.code);
    if (code == nullptr) continue;
    const auto offset =
        static_cast<int64_t>(step.instruction - (step.code + table_.code_instructions));
    int64_t line = LineAt(code->lines, code->first_line, offset);
    // A function that has only been entered points before its first instruction.
    if (line == 0 && offset < 0) line = code->first_line;
    stack.frames.push_back({code->function, code->file, static_cast<uint32_t>(line)});
  }
  return stack;
}

// A thread that runs changes its frames while they are looked at: two looks that agree are
// believed. Without two, the longest that came to the outermost frame has at least its outer frames
// right.
Frames::Walk Frames::WalkTwice(uint64_t thread, bool& moving) {
  Walk last = WalkOnce(thread);
  Walk best = last;
  for (int attempt = 1; attempt < kTries; ++attempt) {
    Walk again = WalkOnce(thread);
    if (Agree(last, again)) return again;
    if (Rank(again) > Rank(best)) best = again;
    last = std::move(again);
  }
  moving = !best.steps.empty();
  return best;
}

std::tuple<bool, bool, size_t> Frames::Rank(const Walk& walk) {
  return {walk.sound && walk.whole, walk.whole, walk.steps.size()};
}

// A look that goes astray, into frames that have just ended, finds what is no code, or another
// outermost frame, or none: no frames are believed only when no look found any. What runs inside of
// the outermost frame may differ from look to look.
bool Frames::Agree(const Walk& left, const Walk& right) {
  if (!left.sound || !right.sound) return false;
  if (!left.whole || !right.whole) return left.steps.size() == kMaxFrames && Same(left, right);
  if (left.steps.empty() || right.steps.empty()) return false;
  return left.steps.back().frame == right.steps.back().frame &&
         left.steps.back().code == right.steps.back().code;
}

bool Frames::Same(const Walk& left, const Walk& right) {
  return std::ranges::equal(left.steps, right.steps, [](const Step& one, const Step& other) {
    return one.frame == other.frame && one.code == other.code;
  });
}

Frames::Walk Frames::WalkOnce(uint64_t thread) {
  CopiedRange memory(memory_);
  const uint64_t innermost = Innermost(thread);
  CopyChunk(thread, memory);
  Walk walk = Follow(memory, innermost);
  walk.sound =
      std::ranges::all_of(walk.steps, [this](const Step& step) { return FindCode(step.code); });
  return walk;
}

// Most frames lie in one piece of memory: one copy of it has them as they were at one moment.
// Those of generators and of C are elsewhere.
void Frames::CopyChunk(uint64_t thread, CopiedRange& memory) const {
  const uint64_t chunk = memory_.ReadAs<uint64_t>(thread + table_.thread_chunk).value_or(0);
  const uint64_t top = memory_.ReadAs<uint64_t>(thread + table_.thread_chunk_top).value_or(0);
  if (chunk == 0 || top <= chunk) return;
  const uint64_t bytes = std::min<uint64_t>(top - chunk, kMaxChunkBytes);
  memory.Copy(top - bytes, bytes);
}

Frames::Walk Frames::Follow(const RemoteMemory& memory, uint64_t frame) const {
  const size_t bytes = BytesFor(
      {table_.frame_code, table_.frame_previous, table_.frame_instruction, table_.frame_owner});
  Walk walk;
  // Frames of C are between functions; a ring ends like a deep recursion.
  for (size_t looked = 0; frame != 0 && looked < 4 * kMaxFrames; ++looked) {
    const auto copy = Block::Read(memory, frame, bytes);
    if (!copy) return walk;
    if (copy->At<uint8_t>(table_.frame_owner) != table_.frame_owner_c_stack) {
      if (walk.steps.size() == kMaxFrames) break;
      walk.steps.push_back({frame, copy->At<uint64_t>(table_.frame_code),
                            copy->At<uint64_t>(table_.frame_instruction)});
    }
    frame = copy->At<uint64_t>(table_.frame_previous);
  }
  walk.cut = frame != 0;
  walk.whole = frame == 0;
  return walk;
}

uint64_t Frames::Innermost(uint64_t thread) const {
  uint64_t at = thread + table_.thread_frame;
  if (table_.thread_frame_indirect != 0) {
    at = memory_.ReadAs<uint64_t>(at).value_or(0);
    if (at == 0) return 0;
    at += table_.control_frame;
  }
  return memory_.ReadAs<uint64_t>(at).value_or(0);
}

const Frames::Code* Frames::FindCode(uint64_t address) {
  const auto known = codes_.find(address);
  if (known != codes_.end()) return &known->second;
  Code code;
  if (!ReadCode(address, code)) return nullptr;
  return &codes_.emplace(address, std::move(code)).first->second;
}

bool Frames::ReadCode(uint64_t address, Code& code) const {
  const size_t bytes = BytesFor({table_.object_type, table_.code_file, table_.code_name,
                                 table_.code_lines, table_.code_first_line});
  const auto copy = Block::Read(memory_, address, bytes);
  if (!copy || copy->At<uint64_t>(table_.object_type) != table_.code_type) return false;
  code.function = objects_.Text(copy->At<uint64_t>(table_.code_name)).value_or("?");
  code.file = objects_.Text(copy->At<uint64_t>(table_.code_file)).value_or("?");
  code.first_line = copy->At<int32_t>(table_.code_first_line);
  code.lines =
      objects_.Bytes(copy->At<uint64_t>(table_.code_lines), kMaxLinesBytes).value_or(code.lines);
  return true;
}

}  // namespace monoceros::stacks
