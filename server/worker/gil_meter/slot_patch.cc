// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/slot_patch.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <ranges>

namespace monoceros::gil_meter {
namespace {

uintptr_t PageBytes() { return static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE)); }

bool Protect(uintptr_t slot, int protection) {
  const uintptr_t page = slot & ~(PageBytes() - 1);
  return ::mprotect(reinterpret_cast<void*>(page), PageBytes(), protection) == 0;
}

std::atomic_ref<const void*> At(uintptr_t slot) {
  return std::atomic_ref(*reinterpret_cast<const void**>(slot));
}

bool Write(uintptr_t slot, bool read_only, const void* target) {
  if (read_only && !Protect(slot, PROT_READ | PROT_WRITE)) return false;
  // release: whoever calls through the slot sees what the target needs.
  At(slot).store(target, std::memory_order_release);
  return !read_only || Protect(slot, PROT_READ);
}

}  // namespace

bool SlotPatch::Replace(const LoadedObject& object, std::string_view name,
                        const void* replacement) {
  const std::vector<uintptr_t> slots = object.FindSlots(name);
  for (const uintptr_t slot : slots) {
    const bool read_only = object.IsReadOnlyAfterRelocation(slot, PageBytes());
    const void* const before = At(slot).load(std::memory_order_relaxed);
    if (!Write(slot, read_only, replacement)) return false;
    written_.push_back({slot, read_only, before});
  }
  return !slots.empty();
}

SlotPatch::~SlotPatch() {
  for (const Slot& slot : written_ | std::views::reverse) {
    Write(slot.address, slot.read_only, slot.before);
  }
}

}  // namespace monoceros::gil_meter
