// SPDX-License-Identifier: Apache-2.0
#include "config/command_line.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "config/flags.h"
#include "config/unknown_setting.h"

namespace monoceros::config {
namespace {

using base::Fail;
using base::Result;

// The options of one parse, and where CLI11 puts their texts.
class Parser {
 public:
  Parser() : app_("", "monoceros") {
    app_.set_help_flag();
    app_.allow_extras();
    options_.reserve(SettingsTable().size());
    for (const Setting& setting : SettingsTable()) Add(setting);
    app_.add_option("-c,--config", config_)->take_last();
    app_.add_flag("--check-config", line_.check_config);
    app_.add_flag("--print-config", line_.print_config);
    app_.add_flag("-h,--help", line_.help);
    app_.add_flag("-v,--version", line_.version);
    app_.add_flag("--print-settings-doc", line_.print_settings_doc);
  }

  Result<CommandLine> Parse(std::vector<std::string> arguments, const std::string& source) {
    // CLI11 takes them from the back.
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ArgumentMismatch& error) {
      const std::string_view text(error.what());
      return Fail(fmt::format("{}: {} needs a value", source, text.substr(0, text.find(':'))));
    } catch (const CLI::ParseError& error) {
      return Fail(fmt::format("{}: {}", source, error.what()));
    }
    CommandLine line = Collect(source);
    for (const std::string& complaint : {MissingValue(line), FirstUnknown(source)}) {
      if (!complaint.empty()) return Fail(complaint);
    }
    return line;
  }

 private:
  void Add(const Setting& setting) {
    CLI::Option* option = nullptr;
    if (setting.name == "wsgi_app") {
      option = app_.add_option("application")->take_last();
    } else if (!setting.implied.empty()) {
      // A flag takes no further argument, but "=VALUE" gives it one.
      std::vector<std::string> flags = SplitFlags(setting.flags);
      for (std::string& flag : flags) flag += fmt::format("{{{}}}", setting.implied);
      option = app_.add_flag(fmt::format("{}", fmt::join(flags, ",")))->take_last();
    } else if (!setting.flags.empty()) {
      option = app_.add_option(fmt::format("{}", fmt::join(SplitFlags(setting.flags), ",")));
      option->expected(1)->allow_extra_args(false);
      IsList(setting.value) ? option->take_all() : option->take_last();
    }
    options_.emplace_back(&setting, option);
  }

  // "-w --threads 4": CLI11 takes the second flag for the value of the first.
  static std::string MissingValue(const CommandLine& line) {
    for (const Assignment& assignment : line.assignments) {
      for (const std::string& text : assignment.texts) {
        if (!text.starts_with("--")) continue;
        return fmt::format("{}: {} needs a value, and {} is none", assignment.source,
                           assignment.setting->flags, text);
      }
    }
    return "";
  }

  std::string FirstUnknown(const std::string& source) const {
    std::vector<std::string> further;
    for (const std::string& rest : app_.remaining()) {
      if (rest == "--") continue;
      if (rest.size() < 2 || rest[0] != '-') {
        further.push_back(rest);
        continue;
      }
      // Short flags may be run together with their value: -Dx.
      const size_t length = rest[1] == '-' ? rest.find('=') : 2;
      return UnknownFlag(rest.substr(0, length), source);
    }
    if (further.empty()) return "";
    return fmt::format(
        "{}: what is \"{}\"? One application is expected, and everything else "
        "begins with a dash.",
        source, further.front());
  }

  CommandLine Collect(const std::string& source) {
    for (const auto& [setting, option] : options_) {
      if (option == nullptr || option->count() == 0) continue;
      std::vector<std::string> texts;
      option->results(texts);
      line_.assignments.push_back({setting, std::move(texts), source});
    }
    if (!config_.empty()) line_.config = config_;
    return std::move(line_);
  }

  CLI::App app_;
  std::vector<std::pair<const Setting*, CLI::Option*>> options_;
  std::string config_;
  CommandLine line_;
};

}  // namespace

Result<CommandLine> ReadCommandLine(std::vector<std::string> arguments, const std::string& source) {
  return Parser().Parse(std::move(arguments), source);
}

}  // namespace monoceros::config
