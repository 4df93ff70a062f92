// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <clocale>
#include <cstdio>

#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/options.h"

int main(int argc, char** argv) {
  using monoceros::ctl::Options;
  std::setlocale(LC_ALL, "");
  const auto parsed = monoceros::ctl::ParseCommandLine(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const auto outcome = monoceros::ctl::Run(std::get<Options>(parsed));
  if (outcome) return 0;
  fmt::print(stderr, "monoctl: {}\n", monoceros::ctl::Harmless(outcome.error().message));
  return static_cast<int>(outcome.error().exit);
}
