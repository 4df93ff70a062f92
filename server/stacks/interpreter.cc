// SPDX-License-Identifier: Apache-2.0
#include "stacks/interpreter.h"

namespace monoceros::stacks {
namespace {

constexpr size_t kMaxInterpreters = 64;
constexpr size_t kMaxThreads = 4096;
constexpr size_t kMaxFramesOfAll = 20'000;

// The items of a list whose first one is pointed to from `head`; at most `max`.
std::vector<uint64_t> Follow(const RemoteMemory& memory, uint64_t head, uint64_t next, size_t max) {
  std::vector<uint64_t> items;
  uint64_t item = memory.ReadAs<uint64_t>(head).value_or(0);
  while (item != 0 && items.size() < max) {
    items.push_back(item);
    item = memory.ReadAs<uint64_t>(item + next).value_or(0);
  }
  return items;
}

// The address of the PyThreadState that holds the GIL of `interpreter` now; 0: nobody.
uint64_t Holder(const RemoteMemory& memory, const MonocerosStackTable& table,
                uint64_t interpreter) {
  const uint64_t gil = table.gil_in_runtime != 0
                           ? table.runtime + table.gil
                           : memory.ReadAs<uint64_t>(interpreter + table.gil).value_or(0);
  if (gil == 0 || memory.ReadAs<int32_t>(gil + table.gil_locked).value_or(0) != 1) return 0;
  return memory.ReadAs<uint64_t>(gil + table.gil_holder).value_or(0);
}

void Shorten(Stack& stack, size_t& left) {
  if (stack.frames.size() > left) {
    stack.frames.resize(left);
    stack.cut = true;
  }
  left -= stack.frames.size();
}

}  // namespace

base::Result<MonocerosStackTable> ReadTable(const RemoteMemory& memory, uint64_t address) {
  const auto table = memory.ReadAs<MonocerosStackTable>(address);
  if (!table || table->magic != MONOCEROS_STACK_TABLE_MAGIC) {
    return base::Fail("the worker does not say where its stacks are");
  }
  if (table->version != MONOCEROS_STACK_TABLE_VERSION ||
      table->bytes != sizeof(MonocerosStackTable)) {
    return base::Fail("the worker's extension is of another version than monoceros-stacks");
  }
  return *table;
}

std::vector<PythonThread> ReadThreads(const RemoteMemory& memory,
                                      const MonocerosStackTable& table) {
  std::vector<PythonThread> threads;
  Frames frames(memory, table);
  size_t left = kMaxFramesOfAll;
  for (const uint64_t interpreter : Follow(memory, table.runtime + table.runtime_interpreters,
                                           table.interpreter_next, kMaxInterpreters)) {
    for (const uint64_t thread :
         Follow(memory, interpreter + table.interpreter_threads, table.thread_next, kMaxThreads)) {
      const auto id = memory.ReadAs<unsigned long>(thread + table.thread_native_id);
      if (!id || *id == 0 || threads.size() == kMaxThreads) continue;
      threads.push_back({static_cast<uint32_t>(*id), Holder(memory, table, interpreter) == thread,
                         frames.Read(thread)});
      Shorten(threads.back().stack, left);
    }
  }
  return threads;
}

}  // namespace monoceros::stacks
