// SPDX-License-Identifier: Apache-2.0
#include "config/settings_doc.h"

#include <fmt/core.h>

#include "config/flags.h"
#include "config/gunicorn_settings.h"
#include "config/settings_table.h"

namespace monoceros::config {
namespace {

constexpr std::string_view kIntroduction =
    R"(# Settings

Written by `monoceros --print-settings-doc` from the table in `server/config/settings_table.cc`, which
also reads the settings and prints `--help`. Change the table, then this file with it.

Names, flags and defaults are Gunicorn's where Gunicorn has the setting. Values come from these
places, later ones winning:

1. the defaults below
2. the file `monoceros.yaml` of the current directory or, instead of it, the file that `-c` (or the
   variable `MONOCEROS_CONFIG`) names: a mapping of setting names to values
3. environment variables: `MONOCEROS_` and the name in capitals, for example `MONOCEROS_WORKERS=4`;
   before them `WEB_CONCURRENCY` (workers), `PORT` (bind to `0.0.0.0:$PORT`) and `SENDFILE`
4. `GUNICORN_CMD_ARGS`: arguments, split as a shell splits them
5. the command line

`--print-config` shows every value and where it came from, in the form of `monoceros.yaml`.
`--check-config` checks the settings and imports the application. A setting that does not exist, or
that this release does not support yet, is an error wherever it is given.

- Sizes are bytes (`1048576`) or have a unit: `64k`, `64KiB`, `1MiB`, `1G` (powers of 1024).
- Times are seconds (`30`, `0.5`) or have a unit: `500ms`, `30s`, `2m`, `1h`.
- Lists take a YAML list, several flags, or one text with commas.
- Yes and no are `true`/`false`, `yes`/`no`, `on`/`off` or `1`/`0`.
- `workers: auto` is the CPU quota of the cgroup (version 1 or 2), rounded up, and without a quota
  the number of CPUs that the process may run on.
)";

// A "|" would end the cell.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

std::string FlagsCell(std::string_view flags, std::string_view operand) {
  std::string cell;
  for (const std::string& flag : SplitFlags(flags)) {
    cell += fmt::format("{}`{}{}`", cell.empty() ? "" : ", ", flag,
                        operand.starts_with('[') ? operand : "");
  }
  return Cell(cell);
}

std::string Row(const Setting& setting) {
  const std::string text = DefaultText(setting);
  return fmt::format("| `{}` | {} | {} | {} |\n", setting.name,
                     FlagsCell(setting.flags, setting.operand),
                     text == "none" ? "" : "`" + Cell(text) + "`", Cell(setting.meaning));
}

std::string Unsupported() {
  std::string text =
      "\n## Settings of Gunicorn that this release does not support\n\n"
      "They are refused by name.\n\n| setting | flags |\n|---|---|\n";
  for (const GunicornSetting& setting : UnsupportedGunicornSettings()) {
    text += fmt::format("| `{}` | {} |\n", setting.name, FlagsCell(setting.flags, ""));
  }
  return text;
}

}  // namespace

std::string SettingsDocument() {
  std::string text(kIntroduction);
  std::string_view section;
  for (const Setting& setting : SettingsTable()) {
    if (setting.section != section) {
      text += fmt::format("\n## {}\n\n| setting | flags | default | meaning |\n|---|---|---|---|\n",
                          setting.section);
    }
    section = setting.section;
    text += Row(setting);
  }
  return text + Unsupported();
}

}  // namespace monoceros::config
