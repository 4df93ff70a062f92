// SPDX-License-Identifier: Apache-2.0
#include "ctl/screen.h"

// Its macros have the names of functions.
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace monoceros::ctl {
namespace {

constexpr short kAlarmPair = 1;
constexpr short kTitlePair = 2;

chtype AttributesOf(Style style) {
  switch (style) {
    case Style::kTitle:
      return A_BOLD | COLOR_PAIR(kTitlePair);
    case Style::kHeading:
      return A_REVERSE;
    case Style::kSelected:
      return A_BOLD | A_UNDERLINE;
    case Style::kAlarm:
      return A_BOLD | COLOR_PAIR(kAlarmPair);
    case Style::kDim:
      return A_DIM;
    case Style::kPlain:
      break;
  }
  return A_NORMAL;
}

}  // namespace

Screen::Screen() : terminal_(::newterm(nullptr, stdout, stdin)) {
  if (terminal_ == nullptr) {
    throw std::runtime_error("this terminal cannot be used for top; is $TERM right?");
  }
  ::cbreak();
  ::noecho();
  ::keypad(stdscr, TRUE);
  ::curs_set(0);
  if (::has_colors()) {
    ::start_color();
    ::use_default_colors();
    ::init_pair(kAlarmPair, COLOR_YELLOW, -1);
    ::init_pair(kTitlePair, COLOR_CYAN, -1);
  }
}

Screen::~Screen() {
  ::endwin();
  ::delscreen(static_cast<SCREEN*>(terminal_));
}

size_t Screen::width() const { return static_cast<size_t>(getmaxx(stdscr)); }
size_t Screen::height() const { return static_cast<size_t>(getmaxy(stdscr)); }

// Asked for each time: of two changes close together, curses may notice only the first.
void Screen::FollowSize() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return;
  if (::is_term_resized(size.ws_row, size.ws_col)) {
    ::resizeterm(size.ws_row, size.ws_col);
    // What the terminal made of its old content is not known.
    ::clearok(curscr, TRUE);
  }
}

void Screen::Show(const std::vector<StyledLine>& lines) {
  ::werase(stdscr);
  int row = 0;
  for (const StyledLine& line : lines) {
    ::wattrset(stdscr, static_cast<int>(AttributesOf(line.style)));
    ::mvwaddstr(stdscr, row++, 0, line.text.c_str());
  }
  ::wattrset(stdscr, A_NORMAL);
  ::wrefresh(stdscr);
}

bool Screen::IsGone() {
  pollfd terminal{.fd = STDIN_FILENO, .events = 0, .revents = 0};
  return ::poll(&terminal, 1, 0) > 0 && (terminal.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

Pressed Screen::Read(int milliseconds) {
  ::wtimeout(stdscr, milliseconds);
  const int key = ::wgetch(stdscr);
  switch (key) {
    case ERR:
      return {IsGone() ? Key::kClosed : Key::kNone};
    case KEY_UP:
      return {Key::kUp};
    case KEY_DOWN:
      return {Key::kDown};
    case KEY_PPAGE:
      return {Key::kPageUp};
    case KEY_NPAGE:
      return {Key::kPageDown};
    case KEY_RESIZE:
      return {Key::kResize};
    default:
      return key > 0 && key < 128 ? Pressed{Key::kCharacter, static_cast<char>(key)} : Pressed{};
  }
}

}  // namespace monoceros::ctl
