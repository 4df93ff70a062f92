// SPDX-License-Identifier: Apache-2.0
#include "config/settings_table.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "config/text_rules.h"

namespace monoceros::config {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();
constexpr uint64_t kMebibyte = 1 << 20;

using S = Settings;

constexpr Setting kTable[] = {
    {"wsgi_app", "Application", "", "", "",
     "The application: MODULE:CALLABLE, MODULE:FACTORY() to call something that returns it, or "
     "MODULE for MODULE:application; on the command line it is the argument without a flag.",
     TextValue{&S::application, ResolveApplication}},
    {"asgi_app", "Application", "--asgi-app", "APP", "",
     "The application of class asgi, in the same form; without it class asgi runs wsgi_app.",
     TextValue{&S::asgi_app, ResolveAsgiApplication}},
    {"root_path", "Application", "--root-path", "PATH", "",
     "Where an ASGI application is mounted by a proxy that cuts this path off: its root_path, and "
     "the beginning of each path.",
     TextValue{&S::root_path, ResolveUrlPath}},
    {"chdir", "Application", "--chdir", "DIR", "",
     "Directory to change to before the application is imported.",
     TextValue{&S::chdir, ResolveDirectory}},
    {"pythonpath", "Application", "--pythonpath", "DIRS", "",
     "Directories, separated by commas, that are put before Python's search path.",
     TextValue{&S::pythonpath, nullptr}},
    {"python", "Application", "--python", "PATH", "",
     "The Python interpreter of the application; without it that of $VIRTUAL_ENV, else python3.",
     TextValue{&S::python, nullptr}},
    {"preload_app", "Application", "--preload", "[=on|off|auto]", "on",
     "Whether the application is imported once, before the workers are forked, so that they "
     "share its memory; auto does so unless importing leaves something that must not be forked; "
     "the flag alone means on.",
     PreloadValue{&S::preload}},

    {"bind", "Sockets", "-b, --bind", "ADDRESS", "",
     "Where to listen: HOST:PORT, [IPV6]:PORT, :PORT, HOST, unix:PATH or fd://N; may be given "
     "several times, or several separated by commas.",
     BindValue{&S::bind}, "PORT", "0.0.0.0:"},
    {"backlog", "Sockets", "--backlog", "COUNT", "",
     "Connections that may wait in the kernel until they are accepted.",
     IntegerValue{&S::backlog, 1, kMany}},

    {"workers", "Workers", "-w, --workers", "COUNT", "",
     "Worker processes; auto is the number of CPUs that the cgroup or the CPU affinity allows.",
     WorkersValue{&S::workers, 0, 4096}, "WEB_CONCURRENCY", "", true},
    {"worker_class", "Workers", "-k, --worker-class", "CLASS", "",
     "How a worker runs requests: sync (one at a time), gthread (in threads), gevent or eventlet "
     "(in greenlets), asgi (ASGI, in an event loop) or tornado (Tornado's own interface, in an "
     "event loop); sync with more than one thread is gthread.",
     TextValue{&S::worker_class, ResolveClass}, "", "", true},
    {"threads", "Workers", "--threads", "COUNT", "",
     "Threads of each worker, each running one request at a time.",
     IntegerValue{&S::threads, 1, 4096}, "", "", true},
    {"worker_connections", "Workers", "--worker-connections", "COUNT", "",
     "Requests that a worker of an event-loop class runs at once, tunnels and event streams not "
     "counted; sync and gthread do not use it.",
     IntegerValue{&S::worker_connections, 1, 1'000'000}},
    {"asgi_loop", "Workers", "--asgi-loop", "LOOP", "",
     "The event loop of classes asgi and tornado: asyncio, uvloop, or auto for uvloop where it is "
     "installed.",
     TextValue{&S::asgi_loop, ResolveAsgiLoop}},
    {"asgi_lifespan", "Workers", "--asgi-lifespan", "MODE", "",
     "Whether class asgi runs the lifespan protocol: on, off, or auto for where the application "
     "supports it.",
     TextValue{&S::asgi_lifespan, ResolveAsgiLifespan}},
    {"asgi_disconnect_grace_period", "Workers", "--asgi-disconnect-grace-period", "SECONDS", "",
     "Time for an ASGI application to end by itself once its client has left, in seconds; its task "
     "is cancelled then. 0: at once.",
     DurationValue{&S::asgi_disconnect_grace_period}},
    {"websocket_max_message_size", "Workers", "--websocket-max-message-size", "SIZE", "",
     "Largest message that a WebSocket may receive, decompressed; a larger one closes it with code "
     "1009.",
     SizeValue{&S::websocket_max_message_size, 1}},
    {"websocket_ping_interval", "Workers", "--websocket-ping-interval", "SECONDS", "",
     "How often each WebSocket is pinged, in seconds; 0: never.",
     DurationValue{&S::websocket_ping_interval}},
    {"websocket_ping_timeout", "Workers", "--websocket-ping-timeout", "SECONDS", "",
     "Time for a client to answer a ping before its WebSocket is closed with code 1011, in "
     "seconds; "
     "0: unlimited.",
     DurationValue{&S::websocket_ping_timeout}},
    {"websocket_per_message_deflate", "Workers", "--websocket-per-message-deflate", "[=on|off]", "",
     "Whether WebSocket messages are compressed where the client offers it.",
     BoolValue{&S::websocket_per_message_deflate}},
    {"patch_except", "Workers", "--patch-except", "NAMES", "",
     "What the classes gevent and eventlet leave unpatched of the standard library, separated by "
     "commas: thread, subprocess, dns and the other names that monkey.patch_all and monkey_patch "
     "take.",
     TextValue{&S::patch_except, nullptr}},
    {"max_requests", "Workers", "--max-requests", "COUNT", "",
     "Requests after which a worker is replaced; 0: never.",
     IntegerValue{&S::max_requests, 0, kMany}, "", "", true},
    {"max_requests_jitter", "Workers", "--max-requests-jitter", "COUNT", "",
     "At most this many requests are added to max_requests, at random for each worker, so that "
     "not all are replaced at once.",
     IntegerValue{&S::max_requests_jitter, 0, 1'000'000'000}, "", "", true},
    {"reload_surge", "Workers", "--reload-surge", "COUNT", "",
     "Workers that a reload replaces at a time, each started before an old one leaves.",
     IntegerValue{&S::reload_surge, 1, 4096}, "", "", true},

    {"timeout", "Time limits of workers", "-t, --timeout", "SECONDS", "",
     "A worker that makes no progress for this long is killed and replaced, in seconds; 0: "
     "never.",
     DurationValue{&S::timeout}, "", "", true},
    {"request_timeout", "Time limits of workers", "--request-timeout", "SECONDS", "",
     "A request that runs longer, from when a worker took it, gets 504 (or a closed connection "
     "once "
     "its response has begun), whatever the class, in seconds; 0: never.",
     DurationValue{&S::request_timeout}, "", "", true},
    {"request_timeout_action", "Time limits of workers", "--request-timeout-action", "ACTION", "",
     "What becomes of a worker whose request passed request_timeout: replace starts another before "
     "it leaves, interrupt raises monoceros.RequestTimeout in the request and replaces the worker "
     "only when that does not end it.",
     TextValue{&S::request_timeout_action, ResolveTimeoutAction}, "", "", true},
    {"loop_stall_warning", "Time limits of workers", "--loop-stall-warning", "SECONDS", "",
     "An event loop that has not turned for this long is reported with the stack that holds it and "
     "the requests that wait, in seconds; 0: never.",
     DurationValue{&S::loop_stall_warning}, "", "", true},
    {"boot_timeout", "Time limits of workers", "--boot-timeout", "SECONDS", "",
     "Time for a worker to become ready, importing the application included, in seconds; 0: "
     "unlimited.",
     DurationValue{&S::boot_timeout}, "", "", true},
    {"graceful_timeout", "Time limits of workers", "--graceful-timeout", "SECONDS", "",
     "Time for running requests to end after a stop or reload, in seconds.",
     DurationValue{&S::graceful_timeout}, "", "", true},
    {"drain_delay", "Time limits of workers", "--drain-delay", "SECONDS", "",
     "How long a server that was told to stop goes on serving as usual, but for saying that it is "
     "not ready and closing connections after their next response, in seconds: time for load "
     "balancers to notice; graceful_timeout begins after it.",
     DurationValue{&S::drain_delay}, "", "", true},

    {"keepalive", "Time limits of clients", "--keep-alive", "SECONDS", "",
     "How long an idle connection is kept for its next request, in seconds; 0: connections are "
     "closed after each response.",
     DurationValue{&S::keepalive}, "", "", true},
    {"keepalive_max_age", "Time limits of clients", "--keepalive-max-age", "SECONDS", "",
     "A connection older than this, give or take 10 %, is closed after its next response or when "
     "it is idle, so that load reaches new servers, in seconds; 0: never.",
     DurationValue{&S::keepalive_max_age}, "", "", true},
    {"header_timeout", "Time limits of clients", "--header-timeout", "SECONDS", "",
     "Time for the head of a request to arrive, in seconds; 0: unlimited.",
     DurationValue{&S::header_timeout}, "", "", true},
    {"body_timeout", "Time limits of clients", "--body-timeout", "SECONDS", "",
     "Time between two pieces of a request body, in seconds; 0: unlimited.",
     DurationValue{&S::body_timeout}, "", "", true},
    {"send_timeout", "Time limits of clients", "--send-timeout", "SECONDS", "",
     "A client that takes no byte of its response for this long is disconnected, in seconds; 0: "
     "never.",
     DurationValue{&S::send_timeout}, "", "", true},

    {"limit_request_line", "HTTP", "--limit-request-line", "BYTES", "",
     "Longest request line, in bytes; longer ones get 414.",
     IntegerValue{&S::limit_request_line, 1, 8190}},
    {"limit_request_fields", "HTTP", "--limit-request-fields", "COUNT", "",
     "Most header fields of a request; more get 431.",
     IntegerValue{&S::limit_request_fields, 1, 32768}},
    {"limit_request_field_size", "HTTP", "--limit-request-field_size, --limit-request-field-size",
     "BYTES", "", "Longest header field of a request, in bytes; longer ones get 431.",
     IntegerValue{&S::limit_request_field_size, 1, 65536}},
    {"max_body", "HTTP", "--max-body", "BYTES", "",
     "Longest request body, in bytes; longer ones get 413; 0: unlimited.", SizeValue{&S::max_body},
     "", "", true},
    {"sendfile", "HTTP", "--no-sendfile", "", "false",
     "Whether files that the application returns through wsgi.file_wrapper are sent by the "
     "kernel.",
     BoolValue{&S::sendfile}, "SENDFILE"},

    {"body_memory", "Buffers", "--body-memory", "BYTES", "",
     "Request bodies up to this size, in bytes, are held in memory, longer ones in an unlinked "
     "file. With classes asgi and tornado, the most that is read of a body before a worker has "
     "taken the request.",
     SizeValue{&S::body_memory}, "", "", true},
    {"router_memory", "Buffers", "--router-memory", "BYTES", "",
     "Memory for all buffers together, in bytes; over it, reading from clients pauses.",
     SizeValue{&S::router_memory, kMebibyte}, "", "", true},
    {"spool_limit", "Buffers", "--spool-limit", "BYTES", "",
     "Size of all temporary files together, in bytes; over it, workers wait for slow clients.",
     SizeValue{&S::spool_limit}, "", "", true},
    {"tmp_upload_dir", "Buffers", "--tmp-upload-dir", "DIR", "",
     "Directory of the temporary files; without it $TMPDIR, else /tmp.",
     TextValue{&S::spool_dir, ResolveDirectory}},

    {"queue_limit", "Queue", "--queue-limit", "COUNT", "",
     "Requests that may wait for a worker; more get 503.",
     IntegerValue{&S::queue_limit, 1, 1'000'000}, "", "", true},
    {"queue_timeout", "Queue", "--queue-timeout", "SECONDS", "",
     "A request whose predicted wait for a worker is longer gets 503 at once, in seconds; 0: "
     "never.",
     DurationValue{&S::queue_timeout}, "", "", true},

    {"accesslog", "Logging", "--access-logfile", "FILE", "",
     "File for the access log; - is standard output.", TextValue{&S::accesslog, nullptr}},
    {"access_log_format", "Logging", "--access-logformat", "FORMAT", "",
     "Form of a line of the access log: Gunicorn's atoms; in seconds %(Q)s queue time, %(A)s "
     "application time and its parts %(G)s GIL wait, %(C)s CPU, %(R)s run-queue wait and %(O)s "
     "other wait, %(W)s time to write the response (- where not measured).",
     TextValue{&S::access_log_format, nullptr}},
    {"errorlog", "Logging", "--error-logfile, --log-file", "FILE", "",
     "File for the error log; - is standard error.", TextValue{&S::errorlog, nullptr}},
    {"loglevel", "Logging", "--log-level", "LEVEL", "",
     "Least level that is logged: debug, info, warning, error or critical.",
     TextValue{&S::loglevel, ResolveLogLevel}, "", "", true},
    {"log_json", "Logging", "--log-json", "", "true",
     "Whether both logs are written as one JSON object a line.", BoolValue{&S::log_json}},

    {"accounting", "Measuring", "--accounting", "KIND", "",
     "What is measured of each request: full (CPU time and GIL wait too) or wall (only elapsed "
     "time).",
     TextValue{&S::accounting, ResolveAccounting}},
    {"server_timing", "Measuring", "--server-timing", "", "true",
     "Whether responses say in a Server-Timing header where their time went.",
     BoolValue{&S::server_timing}},
    {"slow_request_stack", "Measuring", "--slow-request-stack", "SECONDS", "",
     "The Python stack of a thread whose request runs longer than this is written to the error "
     "log once, in seconds; 0: never.",
     DurationValue{&S::slow_request_stack}, "", "", true},

    {"health_bind", "Health", "--health-bind", "ADDRESS", "",
     "Where the router answers /livez and /readyz, also while every worker is busy.",
     TextValue{&S::health_bind, ResolveBind}},
    {"health_path", "Health", "--health-path", "PATH", "",
     "A path of the application's own addresses that the router answers as it answers /readyz.",
     TextValue{&S::health_path, ResolveUrlPath}},

    {"run_dir", "Control plane", "--run-dir", "DIR", "",
     "Directory of the lock, the scoreboard and the control sockets; made if it is missing; "
     "without it one under $XDG_RUNTIME_DIR or /run.",
     TextValue{&S::run_dir, nullptr}},
    {"agent", "Control plane", "--no-agent", "", "false",
     "Whether the master starts monoceros-agent, which serves metrics, dashboard and control "
     "plane.",
     BoolValue{&S::agent}},
    {"agent_bind", "Control plane", "--agent-bind", "ADDRESS", "",
     "Where the agent serves /metrics and the dashboard by HTTP.",
     TextValue{&S::agent_bind, ResolveBind}},
    {"control_bind", "Control plane", "--control-bind", "ADDRESS", "",
     "Where the agent serves gRPC besides control.sock in the run directory; TCP beyond loopback "
     "needs tokens or TLS.",
     TextValue{&S::control_bind, ResolveBind}},
    {"control_read_token_file", "Control plane", "--control-read-token-file", "FILE", "",
     "File of the token that allows to look; read again when it changes.",
     TextValue{&S::control_read_token_file, nullptr}},
    {"control_change_token_file", "Control plane", "--control-change-token-file", "FILE", "",
     "File of the token that allows to change; read again when it changes.",
     TextValue{&S::control_change_token_file, nullptr}},
    {"control_tls_cert", "Control plane", "--control-tls-cert", "FILE", "",
     "Certificate of the gRPC server, PEM; read again when it changes. Without one, and with "
     "control_tls_client_ca, the agent makes one that is self-signed.",
     TextValue{&S::control_tls_cert, nullptr}},
    {"control_tls_key", "Control plane", "--control-tls-key", "FILE", "",
     "Private key of control_tls_cert, PEM.", TextValue{&S::control_tls_key, nullptr}},
    {"control_tls_client_ca", "Control plane", "--control-tls-client-ca", "FILE", "",
     "Authorities whose client certificates are accepted, PEM; clients must show one; read again "
     "when it changes.",
     TextValue{&S::control_tls_client_ca, nullptr}},
    {"control_read_sans", "Control plane", "--control-read-sans", "NAMES", "",
     "Names of client certificates (subject alternative names, separated by commas) that may "
     "look.",
     TextValue{&S::control_read_sans, nullptr}},
    {"control_change_sans", "Control plane", "--control-change-sans", "NAMES", "",
     "Names of client certificates that may look and change.",
     TextValue{&S::control_change_sans, nullptr}},
    {"live_file", "Control plane", "--live-file", "FILE", "",
     "A file of the wanted state (YAML) that is followed while the server runs; the server then "
     "refuses other changes.",
     TextValue{&S::live_file, nullptr}},
    {"app_metrics", "Control plane", "--app-metrics", "", "true",
     "Whether metrics that the application keeps by prometheus_client are served with the "
     "server's own.",
     BoolValue{&S::app_metrics}},

    {"statsd_host", "StatsD", "--statsd-host", "ADDRESS", "",
     "Where the agent sends metrics by StatsD, under Gunicorn's names: HOST:PORT or unix:PATH.",
     TextValue{&S::statsd_host, nullptr}},
    {"statsd_prefix", "StatsD", "--statsd-prefix", "PREFIX", "",
     "Put before the names of metrics, with a dot between.", TextValue{&S::statsd_prefix, nullptr}},
    {"dogstatsd_tags", "StatsD", "--dogstatsd-tags", "TAGS", "",
     "Tags, separated by commas, that are added to each metric in the DogStatsD form.",
     TextValue{&S::dogstatsd_tags, nullptr}},
    {"enable_backlog_metric", "StatsD", "--enable-backlog-metric", "", "true",
     "Whether the number of connections in the kernel's accept queues is sent too.",
     BoolValue{&S::enable_backlog_metric}},
};

}  // namespace

std::span<const Setting> SettingsTable() { return kTable; }

const Setting* FindSetting(std::string_view name) {
  const auto found = std::find_if(std::begin(kTable), std::end(kTable),
                                  [name](const Setting& setting) { return setting.name == name; });
  return found == std::end(kTable) ? nullptr : found;
}

std::string VariableOf(const Setting& setting) {
  std::string name = "MONOCEROS_";
  for (const char c : setting.name) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return name;
}

std::string DefaultText(const Setting& setting) {
  const std::string text = Show(setting.value, Settings{}).front();
  return text.empty() ? "none" : text;
}

}  // namespace monoceros::config
