// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/fd.h"
#include "scoreboard/scoreboard.h"
#include "stacks/report.h"

namespace monoceros::stacks {
namespace {

int Run(uint32_t slot, pid_t pid, int scoreboard_fd) {
  const base::Fd memory(scoreboard_fd);
  const base::Result<scoreboard::Scoreboard> board =
      scoreboard::Scoreboard::Open(memory, /*writable=*/false);
  if (!board) {
    std::fprintf(stderr, "monoceros-stacks: %s\n", board.error().message.c_str());
    return 2;
  }
  const std::string text = ToJson(MakeReport(*board, slot, pid)) + "\n";
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

}  // namespace
}  // namespace monoceros::stacks

int main(int argc, char** argv) {
  CLI::App app("Prints the Python stacks of a worker of monoceros as JSON, read from outside.");
  int pid = 0;
  int scoreboard_fd = -1;
  uint32_t slot = 0;
  app.add_option("--pid", pid, "the worker's process")->required()->check(CLI::PositiveNumber);
  app.add_option("--slot", slot, "its slot")->required();
  app.add_option("--scoreboard-fd", scoreboard_fd, "descriptor of the server's scoreboard")
      ->required()
      ->check(CLI::NonNegativeNumber);
  CLI11_PARSE(app, argc, argv);
  return monoceros::stacks::Run(slot, pid, scoreboard_fd);
}
