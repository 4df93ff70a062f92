// SPDX-License-Identifier: Apache-2.0
#include "config/help.h"
#include "agent/options.h"

namespace monoceros::agent {
namespace {

constexpr const char* kIntroduction =
    R"(Usage: monoceros-agent --run-dir DIR [OPTIONS]

Shows and steers a Monoceros server: Prometheus metrics, a dashboard and the gRPC
control plane, which monoctl speaks to. The server starts its own agent; started
by hand it serves a server that runs with --no-agent, from another container
too, if both mount the run directory. It waits for the server and follows it
when it is started anew.

  monoceros --run-dir /run/shop --no-agent shop.wsgi
  monoceros-agent --run-dir /run/shop --agent-bind 0.0.0.0:9102

Settings come from the same places as the server's: monoceros.yaml or the file
that -c names, environment variables (MONOCEROS_AGENT_BIND=:9102), and the
command line.

General
  -c, --config FILE
      The settings file, YAML. Default: monoceros.yaml, if there is one.
  -h, --help
      Show this text and leave.
  -v, --version
      Show the version and leave.
)";

}  // namespace

std::string AgentHelp() {
  std::string text(kIntroduction);
  text += "\nControl plane\n";
  for (const char* name :
       {"run_dir", "agent_bind", "control_bind", "control_read_token_file",
        "control_change_token_file", "control_tls_cert", "control_tls_key", "control_tls_client_ca",
        "control_read_sans", "control_change_sans", "app_metrics"}) {
    text += config::SettingHelp(name);
  }
  text += "\nStatsD\n";
  for (const char* name :
       {"statsd_host", "statsd_prefix", "dogstatsd_tags", "enable_backlog_metric"}) {
    text += config::SettingHelp(name);
  }
  text += "\nLogging\n";
  for (const char* name : {"errorlog", "loglevel", "log_json"}) text += config::SettingHelp(name);
  return text;
}

}  // namespace monoceros::agent
