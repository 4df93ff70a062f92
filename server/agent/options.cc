// SPDX-License-Identifier: Apache-2.0
#include "agent/options.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/syscall.h"
#include "config/command_line.h"
#include "config/config_file.h"
#include "config/environment_source.h"
#include "config/settings_json.h"

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;
using config::Settings;

constexpr off_t kMaxSettingsBytes = 1 << 20;

// The settings that the agent uses; the others are the server's.
bool Concerns(const config::Setting& setting) {
  return setting.section == "Control plane" || setting.section == "StatsD" ||
         setting.name == "errorlog" || setting.name == "loglevel" || setting.name == "log_json";
}

// Takes "FLAG N" out of the arguments. Nothing when it is not among them.
Result<std::optional<int>> TakeFd(std::vector<std::string>& arguments, const std::string& flag) {
  const auto found = std::find(arguments.begin(), arguments.end(), flag);
  if (found == arguments.end()) return std::nullopt;
  int fd = -1;
  const std::string text = found + 1 == arguments.end() ? "" : *(found + 1);
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, fd).ptr != end || ::fcntl(fd, F_GETFD) < 0) {
    return Fail(fmt::format("{} needs the number of an open descriptor", flag));
  }
  arguments.erase(found, found + 2);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

Result<Settings> ReadSettings(const base::Fd& memory) {
  struct stat status{};
  if (::fstat(memory.get(), &status) != 0 || status.st_size > kMaxSettingsBytes) {
    return Fail("--config-fd: it holds no settings");
  }
  std::string text(static_cast<size_t>(status.st_size), '\0');
  const ssize_t length =
      base::RetryOnEintr([&] { return ::pread(memory.get(), text.data(), text.size(), 0); });
  if (length != status.st_size) return Fail("--config-fd: the settings cannot be read");
  return config::FromJson(text);
}

Result<Settings> ReadSettings(const config::CommandLine& line,
                              const config::Environment& environment) {
  for (const config::Assignment& assignment : line.assignments) {
    if (Concerns(*assignment.setting)) continue;
    return Fail(
        fmt::format("{} is a setting of the server, not of its agent; see "
                    "monoceros-agent --help",
                    assignment.setting->name));
  }
  const auto file = config::ReadConfigFile(line.config, environment);
  if (!file) return tl::make_unexpected(file.error());
  const auto variables = config::ReadEnvironment(environment);
  if (!variables) return tl::make_unexpected(variables.error());
  Settings settings;
  for (const config::Assignments* source : {&*file, &*variables, &line.assignments}) {
    const Result<void> applied = config::Apply(*source, environment, settings);
    if (!applied) return tl::make_unexpected(applied.error());
  }
  return settings;
}

Result<Options> ReadAlone(std::vector<std::string> arguments,
                          const config::Environment& environment) {
  const auto line = config::ReadCommandLine(std::move(arguments), "command line");
  if (!line) return tl::make_unexpected(line.error());
  Options options;
  if (line->help) options.text = AgentHelp();
  if (line->version) options.text = "monoceros-agent " MONOCEROS_VERSION "\n";
  if (!options.text.empty()) return options;
  auto settings = ReadSettings(*line, environment);
  if (!settings) return tl::make_unexpected(settings.error());
  options.settings = std::move(*settings);
  return options;
}

Result<Options> ReadOfMaster(int config_fd, std::vector<std::string> arguments) {
  const base::Fd memory(config_fd);
  const auto line = config::ReadCommandLine(std::move(arguments), "command line");
  if (!line) return tl::make_unexpected(line.error());
  auto settings = ReadSettings(memory);
  if (!settings) return tl::make_unexpected(settings.error());
  const auto applied = config::Apply(line->assignments, config::Environment({}), *settings);
  if (!applied) return tl::make_unexpected(applied.error());
  Options options;
  options.settings = std::move(*settings);
  options.by_master = true;
  return options;
}

}  // namespace

Result<Options> ReadOptions(std::vector<std::string> arguments,
                            const config::Environment& environment) {
  const auto config_fd = TakeFd(arguments, "--config-fd");
  if (!config_fd) return tl::make_unexpected(config_fd.error());
  const auto http_fd = TakeFd(arguments, "--http-fd");
  if (!http_fd) return tl::make_unexpected(http_fd.error());
  auto options = *config_fd ? ReadOfMaster(**config_fd, std::move(arguments))
                            : ReadAlone(std::move(arguments), environment);
  if (!options || !options->text.empty()) return options;
  if (*http_fd) options->http = base::Fd(**http_fd);
  if (options->settings.run_dir.empty()) {
    return Fail(
        "--run-dir is needed: the server's run directory (its --run-dir), in which it and "
        "this agent meet; see monoceros-agent --help");
  }
  return options;
}

}  // namespace monoceros::agent
