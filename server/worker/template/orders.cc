// SPDX-License-Identifier: Apache-2.0
#include "worker/template/orders.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace monoceros::worker {
namespace {

using Json = nlohmann::json;

constexpr size_t kForkFds = 7;
constexpr size_t kAttachFds = 4;

Json Parse(const std::string& text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? std::move(json) : Json::object();
}

Preload ParsePreload(const std::string& name) {
  if (name == "on") return Preload::kOn;
  return name == "auto" ? Preload::kAuto : Preload::kOff;
}

base::LogLevel ParseLevel(const std::string& name) {
  constexpr std::array<std::pair<const char*, base::LogLevel>, 5> kLevels = {{
      {"debug", base::LogLevel::kDebug},
      {"info", base::LogLevel::kInfo},
      {"warning", base::LogLevel::kWarning},
      {"error", base::LogLevel::kError},
      {"critical", base::LogLevel::kCritical},
  }};
  for (const auto& [text, level] : kLevels) {
    if (name == text) return level;
  }
  return base::LogLevel::kInfo;
}

base::Nanoseconds Duration(const Json& json, const char* name) {
  return base::FromSeconds(json.value(name, 0.0));
}

asgi::Settings ReadAsgi(const Json& json) {
  asgi::Settings settings;
  settings.disconnect_grace = Duration(json, "asgi_disconnect_grace_period");
  settings.websocket_max_message_size = json.value("websocket_max_message_size", uint64_t{0});
  settings.websocket_ping_interval = Duration(json, "websocket_ping_interval");
  settings.websocket_ping_timeout = Duration(json, "websocket_ping_timeout");
  settings.websocket_per_message_deflate = json.value("websocket_per_message_deflate", true);
  return settings;
}

StartOrder ReadStart(const Json& json) {
  StartOrder order;
  order.generation = json.value("generation", 0U);
  order.preload = ParsePreload(json.value("preload", ""));
  order.application = json.at("application");
  order.chdir = json.value("chdir", "");
  order.pythonpath = json.value("pythonpath", "");
  order.app_metrics_dir = json.value("app_metrics_dir", "");
  order.max_requests = json.value("max_requests", int64_t{0});
  order.max_requests_jitter = json.value("max_requests_jitter", int64_t{0});
  order.log_level = ParseLevel(json.value("loglevel", "info"));
  order.log_json = json.value("log_json", false);
  order.sendfile = json.value("sendfile", true);
  order.root_path = json.value("root_path", "");
  order.asgi_loop = json.value("asgi_loop", "auto");
  order.asgi_lifespan = json.value("asgi_lifespan", "auto");
  order.asgi = ReadAsgi(json);
  order.worker_class = json.value("worker_class", "");
  order.patch_except = json.value("patch_except", "");
  order.full_accounting = json.value("accounting", "full") != "wall";
  order.server_timing = json.value("server_timing", false);
  return order;
}

ForkOrder ReadFork(const Json& json) {
  ForkOrder order;
  order.row = json.at("row");
  order.incarnation = json.at("incarnation");
  order.threads = json.at("threads");
  order.worker_class = json.at("worker_class");
  if (json.contains("max_requests")) order.max_requests = json["max_requests"];
  if (json.contains("max_requests_jitter")) {
    order.max_requests_jitter = json["max_requests_jitter"];
  }
  return order;
}

channel::WorkerFds TakeChannel(base::Fd* first) {
  return {.memory = std::move(first[0]),
          .router_bell = std::move(first[1]),
          .worker_bell = std::move(first[2]),
          .socket = std::move(first[3])};
}

}  // namespace

std::string Operation(const base::Message& message) {
  const Json json = Parse(message.json);
  const auto found = json.find("op");
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

base::Result<StartOrder> ParseStart(const base::Message& message) {
  try {
    return ReadStart(Parse(message.json));
  } catch (const Json::exception& error) {
    return base::Fail(std::string("the master's order to start cannot be read: ") + error.what());
  }
}

base::Result<ForkOrder> ParseFork(base::Message message) {
  if (message.fds.size() != kForkFds) {
    return base::Fail("the master's order to fork lacks descriptors");
  }
  try {
    ForkOrder order = ReadFork(Parse(message.json));
    order.control = std::move(message.fds[0]);
    order.channel = TakeChannel(&message.fds[1]);
    order.stamps = std::move(message.fds[5]);
    order.scoreboard = std::move(message.fds[6]);
    return order;
  } catch (const Json::exception& error) {
    return base::Fail(std::string("the master's order to fork cannot be read: ") + error.what());
  }
}

base::Result<channel::WorkerFds> ParseAttach(base::Message message) {
  if (message.fds.size() != kAttachFds) {
    return base::Fail("the master's order to attach lacks descriptors");
  }
  return TakeChannel(message.fds.data());
}

}  // namespace monoceros::worker
