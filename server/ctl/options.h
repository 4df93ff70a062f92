// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace monoceros::ctl {

enum class Form { kTable, kJson, kYaml };

// The command line, checked. Durations are seconds.
struct Options {
  std::string command;  // "status", "scale", ...

  // Where, and as whom
  std::string server;   // "unix:PATH" or "HOST:PORT"; empty: found by its run directory
  std::string run_dir;  // empty: the only one there is
  std::string token_file;
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;
  double timeout = 0;  // of the call; 0: 10 s to look, unlimited to change

  // How
  Form form = Form::kTable;
  std::string override_for;
  double interval = 1;

  // What
  uint32_t number = 0;                          // scale, threads: how many
  uint32_t slot = 0;                            // restart, stacks
  std::string name;                             // class, completion
  std::map<std::string, std::string> settings;  // set
  std::optional<double> graceful;               // drain
  bool last_timeout = false;                    // stacks
  bool dry_run = false;                         // scale, threads, class, set
};

// The options, or the exit status after help was shown or an error was said.
std::variant<Options, int> ParseCommandLine(int argc, char** argv);

// The names of the commands and their one-line descriptions, in the order of --help.
struct CommandName {
  const char* name;
  const char* meaning;
};
const std::vector<CommandName>& CommandNames();
// The long flags that every command takes.
const std::vector<std::string>& CommonFlags();

}  // namespace monoceros::ctl
