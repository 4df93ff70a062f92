// SPDX-License-Identifier: Apache-2.0
#include "ctl/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

namespace monoceros::ctl {
namespace {

void AddCommonFlags(CLI::App& app, Options& options) {
  app.add_option("-s,--server", options.server,
                 "Address of the agent: unix:PATH or HOST:PORT; without it MONOCTL_SERVER, or the "
                 "one server that runs on this machine");
  app.add_option("--run-dir", options.run_dir,
                 "Run directory of the server; without it MONOCEROS_RUN_DIR");
  app.add_option("--token-file", options.token_file, "File of the bearer token")
      ->envname("MONOCTL_TOKEN_FILE");
  app.add_option("--tls-ca", options.tls_ca, "Authority of the server's certificate, PEM");
  app.add_option("--tls-cert", options.tls_cert, "Certificate of this client, PEM");
  app.add_option("--tls-key", options.tls_key, "Private key of this client, PEM");
  app.add_option("--timeout", options.timeout,
                 "Seconds to wait for an answer; 10 to look, no limit to change")
      ->check(CLI::NonNegativeNumber);
  const std::map<std::string, Form> forms = {
      {"table", Form::kTable}, {"json", Form::kJson}, {"yaml", Form::kYaml}};
  app.add_option("-o,--output", options.form, "Form of the result: table, json or yaml")
      ->transform(CLI::CheckedTransformer(forms).description("table, json or yaml"))
      ->default_str("table");
  app.add_option("--override-for", options.override_for,
                 "Why a server that an operator or a live file manages is changed by hand");
}

// A flag about the place hides both variables that name one.
void ReadPlace(Options& options) {
  const auto read = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (!options.server.empty() || !options.run_dir.empty()) return;
  options.server = read("MONOCTL_SERVER");
  if (options.server.empty()) options.run_dir = read("MONOCEROS_RUN_DIR");
}

void AddNumber(CLI::App& command, Options& options, const char* name, const char* what) {
  command.add_option(name, options.number, what)->required()->check(CLI::Range(1, 4096));
}

void AddSlot(CLI::App& command, Options& options) {
  command.add_option("SLOT", options.slot, "Worker slot, as `monoctl top` shows it")
      ->required()
      ->check(CLI::Range(0, 4095));
}

void AddDryRun(CLI::App& command, Options& options) {
  command.add_flag("--dry-run", options.dry_run, "Only check; nothing is changed");
}

void AddSettings(CLI::App& command, Options& options) {
  command
      .add_option_function<std::vector<std::string>>(
          "NAME=VALUE",
          [&options](const std::vector<std::string>& assignments) {
            for (const std::string& assignment : assignments) {
              const size_t equals = assignment.find('=');
              if (equals == 0 || equals == std::string::npos) {
                throw CLI::ValidationError(assignment + " is not of the form NAME=VALUE");
              }
              options.settings[assignment.substr(0, equals)] = assignment.substr(equals + 1);
            }
          },
          "Settings that can change live, as in monoceros.yaml")
      ->required();
}

// What a command takes beside the common flags.
void AddArguments(const std::string& name, CLI::App& command, Options& options) {
  if (name == "scale") AddNumber(command, options, "WORKERS", "Worker processes");
  if (name == "threads") AddNumber(command, options, "THREADS", "Threads of each worker");
  if (name == "class") {
    command.add_option("CLASS", options.name, "Worker class: sync, gthread or asgi")->required();
  }
  if (name == "set") AddSettings(command, options);
  if (name == "scale" || name == "threads" || name == "class" || name == "set") {
    AddDryRun(command, options);
  }
  if (name == "restart" || name == "stacks") AddSlot(command, options);
  if (name == "stacks") {
    command.add_flag("--last-timeout", options.last_timeout,
                     "Those kept of the last worker of this slot that timed out");
  }
  if (name == "drain") {
    command.add_option("--graceful", options.graceful,
                       "Seconds that running requests have to end; without it graceful_timeout");
  }
  if (name == "watch" || name == "top") {
    command.add_option("--interval", options.interval, "Seconds between two looks")
        ->check(CLI::Range(0.1, 60.0));
  }
  if (name == "completion") {
    command.add_option("SHELL", options.name, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }
}

}  // namespace

const std::vector<CommandName>& CommandNames() {
  static const std::vector<CommandName> kNames = {
      {"status", "How the pool is, at a glance"},
      {"top", "A live view of workers and threads"},
      {"watch", "The status again and again, one line each"},
      {"scale", "Change the number of workers"},
      {"threads", "Change the number of threads of each worker"},
      {"class", "Change the worker class"},
      {"set", "Change settings that can change live"},
      {"reload", "Import the application anew and replace the workers"},
      {"restart", "Replace one worker"},
      {"drain", "Take nothing new, end what runs, end the server"},
      {"stacks", "Python stacks of one worker's threads"},
      {"config", "The settings, and where each comes from"},
      {"completion", "A completion script for a shell"},
  };
  return kNames;
}

const std::vector<std::string>& CommonFlags() {
  static const std::vector<std::string> kFlags = {
      "--server",  "--run-dir", "--token-file", "--tls-ca", "--tls-cert",
      "--tls-key", "--timeout", "--output",     "--help",   "--override-for"};
  return kFlags;
}

std::variant<Options, int> ParseCommandLine(int argc, char** argv) {
  Options options;
  CLI::App app("Looks at a running Monoceros server and changes it.", "monoctl");
  app.set_version_flag("-V,--version", "monoctl " MONOCEROS_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit status: 0 done, 1 refused or rolled back, 2 wrong command line, 3 no server, "
      "4 not allowed, 5 no answer in time.");
  AddCommonFlags(app, options);
  for (const CommandName& name : CommandNames()) {
    CLI::App* command = app.add_subcommand(name.name, name.meaning);
    command->callback([&options, name] { options.command = name.name; });
    AddArguments(name.name, *command, options);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are answers, everything else is a wrong command line.
    return app.exit(error) == 0 ? 0 : 2;
  }
  ReadPlace(options);
  return options;
}

}  // namespace monoceros::ctl
