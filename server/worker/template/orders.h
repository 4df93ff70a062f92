// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/log.h"
#include "base/message_socket.h"
#include "base/result.h"
#include "channel/channel.h"
#include "worker/asgi/settings.h"

namespace monoceros::worker {

enum class Preload { kOff, kOn, kAuto };

// The master's first message to a template (docs/control_messages.md).
struct StartOrder {
  uint32_t generation = 0;
  Preload preload = Preload::kOff;
  std::string application;
  std::string chdir;
  std::string pythonpath;
  std::string app_metrics_dir;  // for the application's prometheus_client; empty: none
  int64_t max_requests = 0;     // 0: never
  int64_t max_requests_jitter = 0;
  base::LogLevel log_level = base::LogLevel::kInfo;
  bool log_json = false;
  bool sendfile = true;
  std::string root_path;  // these four: class asgi
  std::string asgi_loop;
  std::string asgi_lifespan;
  asgi::Settings asgi;
  std::string worker_class;     // of the first workers
  std::string patch_except;     // classes gevent and eventlet
  bool full_accounting = true;  // CPU clock and GIL meter too
  bool server_timing = false;   // the router shows clients each request's times
};

// The master's order to fork one worker.
struct ForkOrder {
  uint32_t row = 0;
  uint32_t incarnation = 0;
  uint32_t threads = 1;
  std::string worker_class;
  // Instead of those of StartOrder, because they can be changed while the server runs.
  std::optional<int64_t> max_requests;
  std::optional<int64_t> max_requests_jitter;
  base::Fd control;
  channel::WorkerFds channel;
  base::Fd stamps;
  base::Fd scoreboard;
};

// The name in `op`, empty when the message has none.
std::string Operation(const base::Message& message);

// The error says what the message lacks: a master of another version.
base::Result<StartOrder> ParseStart(const base::Message& message);
base::Result<ForkOrder> ParseFork(base::Message message);
// `attach`: the descriptors of a new channel.
base::Result<channel::WorkerFds> ParseAttach(base::Message message);

}  // namespace monoceros::worker
