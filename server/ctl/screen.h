// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ctl/top_view.h"

namespace monoceros::ctl {

enum class Key { kNone, kUp, kDown, kPageUp, kPageDown, kResize, kCharacter, kClosed };

struct Pressed {
  Key key = Key::kNone;
  char character = 0;  // with kCharacter
};

// The terminal while a full-screen view is shown; given back as it was. One at a time, one thread.
class Screen {
 public:
  // Throws std::runtime_error when the terminal cannot be used ($TERM).
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Learns the terminal's size; call before a frame is made for it.
  void FollowSize();
  size_t width() const;
  size_t height() const;
  void Show(const std::vector<StyledLine>& lines);
  // Waits at most `milliseconds` for a key; kClosed when the terminal is gone (which SIGHUP does
  // not say to a process that was started to ignore it).
  Pressed Read(int milliseconds);

 private:
  static bool IsGone();

  void* terminal_;  // curses' SCREEN
};

}  // namespace monoceros::ctl
