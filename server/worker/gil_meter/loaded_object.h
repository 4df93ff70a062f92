// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <elf.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace monoceros::gil_meter {

// A 64-bit ELF object as it lies in memory: every address of its tables plus `bias` is a real one.
// Nothing outside the loadable segments is read, so a damaged table gives fewer slots, not a crash.
class LoadedObject {
 public:
  // `segments` are the object's program headers; both outlive this. `machine` is EM_X86_64 or
  // EM_AARCH64; of any other no slot is found.
  LoadedObject(uintptr_t bias, std::span<const Elf64_Phdr> segments, uint16_t machine);

  // Whether `address` is code or data of the object.
  bool Contains(uintptr_t address) const;
  // The slots of the global offset table through which the object calls or takes the address of
  // the function `name` of another object (System V ABI, JUMP_SLOT and GLOB_DAT relocations).
  std::vector<uintptr_t> FindSlots(std::string_view name) const;
  // Whether the dynamic linker made the `page_bytes` long page of `address` read-only after it had
  // relocated it (PT_GNU_RELRO).
  bool IsReadOnlyAfterRelocation(uintptr_t address, uintptr_t page_bytes) const;

 private:
  struct Relocations {
    uintptr_t address = 0;
    uint64_t bytes = 0;
  };

  void ReadDynamic(const Elf64_Phdr& segment);
  // The real address of a pointer in the dynamic section.
  uintptr_t Locate(Elf64_Addr pointer) const;
  bool Holds(uintptr_t address, uint64_t bytes) const;
  void Search(const Relocations& table, std::string_view name, std::vector<uintptr_t>& found) const;
  bool IsSlotOf(const Elf64_Rela& relocation, std::string_view name) const;

  const uintptr_t bias_;
  const std::span<const Elf64_Phdr> segments_;
  const uint16_t machine_;
  Relocations plt_;
  Relocations others_;
  uintptr_t symbols_ = 0;
  uintptr_t names_ = 0;
};

// The machine that this code was compiled for.
#if defined(__x86_64__)
inline constexpr uint16_t kThisMachine = EM_X86_64;
#elif defined(__aarch64__)
inline constexpr uint16_t kThisMachine = EM_AARCH64;
#else
inline constexpr uint16_t kThisMachine = EM_NONE;
#endif

}  // namespace monoceros::gil_meter
