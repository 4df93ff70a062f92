// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace monoceros::config {

enum class Preload { kOff, kOn, kAuto };

// All settings, resolved. Names, flags and defaults are Gunicorn's where Gunicorn has the setting
// (docs/settings.md); durations are seconds, sizes bytes, 0 means "no limit" where noted.
struct Settings {
  // Application
  std::string application;  // "module:callable", "module:factory()" or "module"
  std::string asgi_app;     // the same for class asgi; empty: application
  std::string root_path;    // of an ASGI application behind a proxy that cuts it off
  std::string chdir;        // directory to change to before importing
  std::string pythonpath;   // comma-separated directories put before sys.path
  std::string python;       // interpreter; empty: $VIRTUAL_ENV, else python3
  Preload preload = Preload::kAuto;

  // Sockets
  std::vector<std::string> bind = {"127.0.0.1:8000"};
  int backlog = 2048;

  // Workers
  int workers = 1;
  std::string worker_class = "sync";  // resolved: "gthread" when sync with threads > 1
  int threads = 1;
  int worker_connections = 1000;
  std::string asgi_loop = "auto";      // or "asyncio", "uvloop"
  std::string asgi_lifespan = "auto";  // or "on", "off"
  double asgi_disconnect_grace_period = 3;
  uint64_t websocket_max_message_size = 16 << 20;
  double websocket_ping_interval = 20;  // 0: no pings
  double websocket_ping_timeout = 20;   // 0: none
  bool websocket_per_message_deflate = true;
  std::string patch_except;  // names separated by commas
  int max_requests = 0;      // 0: never
  int max_requests_jitter = 0;
  int reload_surge = 1;

  // Time limits of workers
  double timeout = 30;                             // 0: none
  double request_timeout = 0;                      // 0: none
  std::string request_timeout_action = "replace";  // or "interrupt"
  double loop_stall_warning = 1;                   // 0: never
  double boot_timeout = 60;                        // 0: none
  double graceful_timeout = 30;
  double drain_delay = 0;

  // Time limits of clients
  double keepalive = 2;
  double keepalive_max_age = 0;  // 0: none, as all below
  double header_timeout = 10;
  double body_timeout = 30;
  double send_timeout = 30;

  // HTTP limits
  int limit_request_line = 4094;  // bytes
  int limit_request_fields = 100;
  int limit_request_field_size = 8190;  // bytes
  uint64_t max_body = 0;                // 0: unlimited
  bool sendfile = true;

  // Buffers
  uint64_t body_memory = 1 << 20;
  uint64_t router_memory = 256 << 20;
  uint64_t spool_limit = 1 << 30;
  std::string spool_dir;  // tmp_upload_dir; empty: $TMPDIR, else /tmp

  // Queue
  int queue_limit = 2048;  // requests waiting
  double queue_timeout = 30;

  // Logs
  std::string accesslog;  // empty: none; "-": standard output
  std::string access_log_format = R"(%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s")";
  std::string errorlog = "-";  // "-": standard error
  std::string loglevel = "info";
  bool log_json = false;

  // Measuring
  std::string accounting = "full";  // or "wall": without CPU clock and GIL meter
  bool server_timing = false;
  double slow_request_stack = 0;  // seconds; 0: never

  // Health, answered by the router
  std::string health_bind;  // as bind; empty: none
  std::string health_path;  // on the main listeners; empty: none

  // Control plane
  std::string run_dir;  // empty: chosen by the master
  bool agent = true;
  std::string agent_bind = "127.0.0.1:9102";
  std::string control_bind;  // empty: control.sock in the run directory only
  std::string control_read_token_file;
  std::string control_change_token_file;
  std::string control_tls_cert;
  std::string control_tls_key;
  std::string control_tls_client_ca;
  std::string control_read_sans;    // comma-separated
  std::string control_change_sans;  // comma-separated
  std::string live_file;
  bool app_metrics = false;

  // StatsD
  std::string statsd_host;  // HOST:PORT or unix:PATH; empty: none
  std::string statsd_prefix;
  std::string dogstatsd_tags;
  bool enable_backlog_metric = false;

  // Setting name -> where its value came from, for people; absent: the default. Not sent to other
  // processes.
  std::map<std::string, std::string> sources;
};

}  // namespace monoceros::config
