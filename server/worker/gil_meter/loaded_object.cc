// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/loaded_object.h"

#include <algorithm>
#include <cstring>

namespace monoceros::gil_meter {
namespace {

struct SlotTypes {
  uint32_t jump_slot;
  uint32_t global_data;
};

// 0 is R_*_NONE in both ABIs: it matches no relocation that matters.
SlotTypes SlotTypesOf(uint16_t machine) {
  if (machine == EM_X86_64) return {R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT};
  if (machine == EM_AARCH64) return {R_AARCH64_JUMP_SLOT, R_AARCH64_GLOB_DAT};
  return {0, 0};
}

template <typename T>
T Copy(uintptr_t address) {
  T value;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return value;
}

}  // namespace

LoadedObject::LoadedObject(uintptr_t bias, std::span<const Elf64_Phdr> segments, uint16_t machine)
    : bias_(bias), segments_(segments), machine_(machine) {
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type == PT_DYNAMIC) ReadDynamic(segment);
  }
}

void LoadedObject::ReadDynamic(const Elf64_Phdr& segment) {
  const uintptr_t begin = bias_ + segment.p_vaddr;
  if (!Holds(begin, segment.p_memsz)) return;
  for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment.p_memsz; at += sizeof(Elf64_Dyn)) {
    const auto entry = Copy<Elf64_Dyn>(begin + at);
    switch (entry.d_tag) {
      case DT_NULL:
        return;
      case DT_JMPREL:
        plt_.address = Locate(entry.d_un.d_ptr);
        break;
      case DT_PLTRELSZ:
        plt_.bytes = entry.d_un.d_val;
        break;
      case DT_RELA:
        others_.address = Locate(entry.d_un.d_ptr);
        break;
      case DT_RELASZ:
        others_.bytes = entry.d_un.d_val;
        break;
      case DT_SYMTAB:
        symbols_ = Locate(entry.d_un.d_ptr);
        break;
      case DT_STRTAB:
        names_ = Locate(entry.d_un.d_ptr);
        break;
      default:
        break;
    }
  }
}

// glibc writes real addresses over those of the file, musl does not.
uintptr_t LoadedObject::Locate(Elf64_Addr pointer) const {
  return Contains(pointer) ? pointer : bias_ + pointer;
}

bool LoadedObject::Contains(uintptr_t address) const { return Holds(address, 1); }

bool LoadedObject::Holds(uintptr_t address, uint64_t bytes) const {
  return std::ranges::any_of(segments_, [&](const Elf64_Phdr& segment) {
    const uintptr_t begin = bias_ + segment.p_vaddr;
    return segment.p_type == PT_LOAD && address >= begin && address - begin <= segment.p_memsz &&
           bytes <= segment.p_memsz - (address - begin);
  });
}

std::vector<uintptr_t> LoadedObject::FindSlots(std::string_view name) const {
  std::vector<uintptr_t> found;
  Search(plt_, name, found);
  Search(others_, name, found);
  return found;
}

void LoadedObject::Search(const Relocations& table, std::string_view name,
                          std::vector<uintptr_t>& found) const {
  if (!Holds(table.address, table.bytes)) return;
  for (uint64_t at = 0; at + sizeof(Elf64_Rela) <= table.bytes; at += sizeof(Elf64_Rela)) {
    const auto relocation = Copy<Elf64_Rela>(table.address + at);
    const uintptr_t slot = bias_ + relocation.r_offset;
    if (IsSlotOf(relocation, name) && Holds(slot, sizeof(void*))) found.push_back(slot);
  }
}

bool LoadedObject::IsSlotOf(const Elf64_Rela& relocation, std::string_view name) const {
  const SlotTypes types = SlotTypesOf(machine_);
  const auto type = static_cast<uint32_t>(ELF64_R_TYPE(relocation.r_info));
  if (type == 0 || (type != types.jump_slot && type != types.global_data)) return false;
  const uintptr_t symbol = symbols_ + ELF64_R_SYM(relocation.r_info) * sizeof(Elf64_Sym);
  if (!Holds(symbol, sizeof(Elf64_Sym))) return false;
  const uintptr_t text = names_ + Copy<Elf64_Sym>(symbol).st_name;
  if (!Holds(text, name.size() + 1)) return false;
  const auto* const found = reinterpret_cast<const char*>(text);
  return std::string_view(found, name.size()) == name && found[name.size()] == '\0';
}

// The dynamic linker protects whole pages only, both ends rounded down.
bool LoadedObject::IsReadOnlyAfterRelocation(uintptr_t address, uintptr_t page_bytes) const {
  const uintptr_t page = address & ~(page_bytes - 1);
  return std::ranges::any_of(segments_, [&](const Elf64_Phdr& segment) {
    const uintptr_t begin = bias_ + segment.p_vaddr;
    const uintptr_t end = begin + segment.p_memsz;
    return segment.p_type == PT_GNU_RELRO && page >= (begin & ~(page_bytes - 1)) &&
           page < (end & ~(page_bytes - 1));
  });
}

}  // namespace monoceros::gil_meter
