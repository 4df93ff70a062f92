// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace monoceros::control::v1 {
class Status;
}

namespace monoceros::ctl {

// How the person wants `top` to look.
struct TopView {
  size_t width = 80;
  size_t height = 24;
  char sort = 'o';       // o slot, c CPU, g GIL wait, a age of the request, m memory
  bool threads = false;  // with a row per thread
  bool help = false;
  uint32_t selected = 0;  // worker slot
  std::string message;    // of the last action; takes the place of the keys
};

enum class Style { kPlain, kTitle, kHeading, kSelected, kAlarm, kDim };

struct StyledLine {
  std::string text;  // at most `width` columns
  Style style = Style::kPlain;
};

// One frame: at most `height` lines. Rates are between `before` and `now`, two statuses with
// details; the same one twice shows rates of 0. Pure.
std::vector<StyledLine> RenderTop(const control::v1::Status& now, const control::v1::Status& before,
                                  const TopView& view);

// The slots in the order shown, to move the selection.
std::vector<uint32_t> SlotsInOrder(const control::v1::Status& now,
                                   const control::v1::Status& before, const TopView& view);

}  // namespace monoceros::ctl
