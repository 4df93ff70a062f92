// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "worker/gil_meter/loaded_object.h"

namespace monoceros::gil_meter {

// Slots of global offset tables that lead to functions of ours, until this is destroyed or Keep was
// called. The objects patched stay loaded as long.
class SlotPatch {
 public:
  SlotPatch() = default;
  ~SlotPatch();
  SlotPatch(const SlotPatch&) = delete;
  SlotPatch& operator=(const SlotPatch&) = delete;

  // Lets every slot of `object` for the function `name` lead to `replacement`. Pages that were
  // read-only are so again afterwards. False when there is no slot, or one cannot be written.
  bool Replace(const LoadedObject& object, std::string_view name, const void* replacement);
  // The slots stay as they are for the life of the process.
  void Keep() { written_.clear(); }

 private:
  struct Slot {
    uintptr_t address;
    bool read_only;
    const void* before;
  };

  std::vector<Slot> written_;
};

}  // namespace monoceros::gil_meter
