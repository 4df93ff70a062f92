// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <fmt/core.h>

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "config/command_line.h"
#include "config/config_file.h"
#include "config/environment_source.h"
#include "config/help.h"
#include "config/print_config.h"
#include "config/settings_doc.h"
#include "config/shell_words.h"
#include "config/worker_class.h"

namespace monoceros::config {
namespace {

using base::Fail;
using base::Result;

constexpr const char* kArgumentsVariable = "GUNICORN_CMD_ARGS";

Result<CommandLine> ReadArgumentsVariable(const Environment& environment) {
  const std::optional<std::string> text = environment.Get(kArgumentsVariable);
  if (!text) return CommandLine{};
  Result<std::vector<std::string>> words = SplitShellWords(*text);
  if (!words) return Fail(fmt::format("{}: {}", kArgumentsVariable, words.error().message));
  return ReadCommandLine(std::move(*words), kArgumentsVariable);
}

// What both argument lists ask for; the command line's own wins where they differ.
CommandLine Join(CommandLine first, CommandLine second) {
  std::move(second.assignments.begin(), second.assignments.end(),
            std::back_inserter(first.assignments));
  if (second.config) first.config = std::move(second.config);
  first.check_config |= second.check_config;
  first.print_config |= second.print_config;
  first.help |= second.help;
  first.version |= second.version;
  first.print_settings_doc |= second.print_settings_doc;
  return first;
}

Result<CommandLine> ReadArguments(int argc, const char* const* argv,
                                  const Environment& environment) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  Result<CommandLine> line = ReadCommandLine(std::move(arguments), "command line");
  if (!line) return line;
  Result<CommandLine> variable = ReadArgumentsVariable(environment);
  if (!variable) return variable;
  return Join(std::move(*variable), std::move(*line));
}

Result<Settings> ReadSettings(const CommandLine& line, const Environment& environment) {
  const Result<Assignments> file = ReadConfigFile(line.config, environment);
  if (!file) return tl::make_unexpected(file.error());
  const Result<Assignments> variables = ReadEnvironment(environment);
  if (!variables) return tl::make_unexpected(variables.error());
  Settings settings;
  for (const Assignments* source : {&*file, &*variables, &line.assignments}) {
    const Result<void> applied = Apply(*source, environment, settings);
    if (!applied) return tl::make_unexpected(applied.error());
  }
  const Result<void> resolved = Resolve(settings);
  if (!resolved) return tl::make_unexpected(resolved.error());
  return settings;
}

std::optional<std::string> TextAskedFor(const CommandLine& line) {
  if (line.help) return HelpText();
  if (line.version) return VersionText();
  if (line.print_settings_doc) return SettingsDocument();
  return std::nullopt;
}

std::string MissingApplication(const Settings& settings) {
  if (settings.asgi_app.empty()) {
    return "no application was given: monoceros MODULE:CALLABLE (see monoceros --help)";
  }
  return fmt::format(
      "asgi_app is for worker class asgi, and {} needs wsgi_app; use --worker-class asgi",
      settings.worker_class);
}

}  // namespace

Result<Invocation> Load(int argc, const char* const* argv, const Environment& environment) {
  const Result<CommandLine> line = ReadArguments(argc, argv, environment);
  if (!line) return tl::make_unexpected(line.error());
  if (std::optional<std::string> text = TextAskedFor(*line)) {
    return Invocation{.action = Action::kShowText, .text = std::move(*text)};
  }
  Result<Settings> settings = ReadSettings(*line, environment);
  if (!settings) return tl::make_unexpected(settings.error());
  if (line->print_config) {
    std::string text = PrintConfig(*settings);
    return Invocation{std::move(*settings), Action::kPrintConfig, std::move(text)};
  }
  if (ApplicationOf(*settings).empty()) return Fail(MissingApplication(*settings));
  const Action action = line->check_config ? Action::kCheckConfig : Action::kServe;
  return Invocation{std::move(*settings), action, ""};
}

}  // namespace monoceros::config
