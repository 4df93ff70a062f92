// SPDX-License-Identifier: Apache-2.0
#include "config/gunicorn_settings.h"

#include <fmt/core.h>

#include <array>

#include "config/flags.h"

namespace monoceros::config {
namespace {

constexpr std::array<GunicornSetting, 84> kUnsupported = {{
    {"control_socket", "--control-socket"},
    {"control_socket_mode", "--control-socket-mode"},
    {"control_socket_disable", "--no-control-socket"},
    {"reload", "--reload"},
    {"reload_engine", "--reload-engine"},
    {"reload_extra_files", "--reload-extra-file"},
    {"spew", "--spew"},
    {"on_dirty_starting", ""},
    {"dirty_post_fork", ""},
    {"dirty_worker_init", ""},
    {"dirty_worker_exit", ""},
    {"dirty_apps", "--dirty-app"},
    {"dirty_workers", "--dirty-workers"},
    {"dirty_timeout", "--dirty-timeout"},
    {"dirty_threads", "--dirty-threads"},
    {"dirty_graceful_timeout", "--dirty-graceful-timeout"},
    {"http_protocols", "--http-protocols"},
    {"http2_cleartext", "--http2-cleartext"},
    {"http2_max_concurrent_streams", "--http2-max-concurrent-streams"},
    {"http2_initial_window_size", "--http2-initial-window-size"},
    {"http2_max_frame_size", "--http2-max-frame-size"},
    {"http2_max_header_list_size", "--http2-max-header-list-size"},
    {"disable_redirect_access_to_syslog", "--disable-redirect-access-to-syslog"},
    {"capture_output", "--capture-output"},
    {"logger_class", "--logger-class"},
    {"logconfig", "--log-config"},
    {"logconfig_dict", ""},
    {"logconfig_json", "--log-config-json"},
    {"syslog_addr", "--log-syslog-to"},
    {"syslog", "--log-syslog"},
    {"syslog_prefix", "--log-syslog-prefix"},
    {"syslog_facility", "--log-syslog-facility"},
    {"enable_stdio_inheritance", "-R, --enable-stdio-inheritance"},
    {"proc_name", "-n, --name"},
    {"default_proc_name", ""},
    {"keyfile", "--keyfile"},
    {"certfile", "--certfile"},
    {"ssl_version", "--ssl-version"},
    {"cert_reqs", "--cert-reqs"},
    {"ca_certs", "--ca-certs"},
    {"suppress_ragged_eofs", "--suppress-ragged-eofs"},
    {"do_handshake_on_connect", "--do-handshake-on-connect"},
    {"ciphers", "--ciphers"},
    {"on_starting", ""},
    {"on_reload", ""},
    {"when_ready", ""},
    {"pre_fork", ""},
    {"post_fork", ""},
    {"post_worker_init", ""},
    {"worker_int", ""},
    {"worker_abort", ""},
    {"pre_exec", ""},
    {"pre_request", ""},
    {"post_request", ""},
    {"child_exit", ""},
    {"worker_exit", ""},
    {"nworkers_changed", ""},
    {"on_exit", ""},
    {"ssl_context", ""},
    {"reuse_port", "--reuse-port"},
    {"daemon", "-D, --daemon"},
    {"raw_env", "-e, --env"},
    {"pidfile", "-p, --pid"},
    {"worker_tmp_dir", "--worker-tmp-dir"},
    {"user", "-u, --user"},
    {"group", "-g, --group"},
    {"umask", "-m, --umask"},
    {"initgroups", "--initgroups"},
    {"secure_scheme_headers", ""},
    {"forwarded_allow_ips", "--forwarded-allow-ips"},
    {"paste", "--paste, --paster"},
    {"proxy_protocol", "--proxy-protocol"},
    {"proxy_allow_ips", "--proxy-allow-from"},
    {"protocol", "--protocol"},
    {"uwsgi_allow_ips", "--uwsgi-allow-from"},
    {"raw_paste_global_conf", "--paste-global"},
    {"permit_obsolete_folding", "--permit-obsolete-folding"},
    {"strip_header_spaces", "--strip-header-spaces"},
    {"permit_unconventional_http_method", "--permit-unconventional-http-method"},
    {"permit_unconventional_http_version", "--permit-unconventional-http-version"},
    {"casefold_http_method", "--casefold-http-method"},
    {"forwarder_headers", "--forwarder-headers"},
    {"header_map", "--header-map"},
    {"http_parser", "--http-parser"},
}};

}  // namespace

std::span<const GunicornSetting> UnsupportedGunicornSettings() { return kUnsupported; }

const GunicornSetting* FindUnsupported(std::string_view name_or_flag) {
  for (const GunicornSetting& setting : kUnsupported) {
    if (setting.name == name_or_flag) return &setting;
    for (const std::string& flag : SplitFlags(setting.flags)) {
      if (flag == name_or_flag) return &setting;
    }
  }
  return nullptr;
}

std::string UnsupportedMessage(const GunicornSetting& setting) {
  return fmt::format("Gunicorn's setting {} is known but not supported in this release.",
                     setting.name);
}

}  // namespace monoceros::config
