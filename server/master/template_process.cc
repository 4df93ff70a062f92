// SPDX-License-Identifier: Apache-2.0
#include "master/template_process.h"

#include <cstdlib>
#include <utility>

#include "config/worker_class.h"
#include "master/installation.h"

namespace monoceros::master {
namespace {

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

const char* PreloadName(config::Preload preload) {
  switch (preload) {
    case config::Preload::kOn:
      return "on";
    case config::Preload::kOff:
      return "off";
    case config::Preload::kAuto:
      return "auto";
  }
  return "off";
}

// The first thing the interpreter runs. Without an extension that it can load it says so in the
// template's own way: python/monoceros/_template.py.
constexpr const char* kBootstrap = R"(import sys
sys.path.insert(0, sys.argv[1])
try:
    from monoceros._template import main
except ImportError as error:
    import json, os
    reason = (f"{sys.executable} ({sys.implementation.cache_tag}) cannot load the extension of"
              f" monoceros in {sys.argv[1]}/monoceros: {error}\nInstall monoceros with this"
              " interpreter, or name one that it was built for with --python.")
    os.write(int(sys.argv[2]), json.dumps({"op": "failed", "error": reason}).encode())
    sys.exit(3)
main()
)";

std::vector<std::string> TemplateCommand(const TemplateProgram& program, int socket) {
  return {program.python, "-P", "-c", kBootstrap, program.package_root, std::to_string(socket)};
}

}  // namespace

base::Result<TemplateProgram> FindTemplateProgram(const config::Settings& settings) {
  auto python =
      FindPython(settings.python, FromEnvironment("VIRTUAL_ENV"), FromEnvironment("PATH"));
  if (!python) return tl::make_unexpected(python.error());
  auto root = FindPackageRoot(OwnProgram());
  if (!root) return tl::make_unexpected(root.error());
  return TemplateProgram{*python, *root};
}

nlohmann::json StartMessage(const config::Settings& settings, uint32_t generation,
                            const std::string& app_metrics_path) {
  return {{"op", "start"},
          {"generation", generation},
          {"preload", PreloadName(settings.preload)},
          {"application", config::ApplicationOf(settings)},
          {"chdir", settings.chdir},
          {"pythonpath", settings.pythonpath},
          {"worker_class", settings.worker_class},
          {"threads", settings.threads},
          {"max_requests", settings.max_requests},
          {"max_requests_jitter", settings.max_requests_jitter},
          {"loglevel", settings.loglevel},
          {"log_json", settings.log_json},
          {"sendfile", settings.sendfile},
          {"root_path", settings.root_path},
          {"asgi_loop", settings.asgi_loop},
          {"asgi_lifespan", settings.asgi_lifespan},
          {"asgi_disconnect_grace_period", settings.asgi_disconnect_grace_period},
          {"websocket_max_message_size", settings.websocket_max_message_size},
          {"websocket_ping_interval", settings.websocket_ping_interval},
          {"websocket_ping_timeout", settings.websocket_ping_timeout},
          {"websocket_per_message_deflate", settings.websocket_per_message_deflate},
          {"patch_except", settings.patch_except},
          {"accounting", settings.accounting},
          {"server_timing", settings.server_timing},
          {"app_metrics_dir", settings.app_metrics ? app_metrics_path : ""}};
}

base::Result<std::unique_ptr<TemplateProcess>> TemplateProcess::Start(
    base::EventLoop& loop, const ProcessSpawner& spawner, const TemplateProgram& program,
    const config::Settings& settings, uint32_t generation, const std::string& app_metrics_path) {
  auto [mine, theirs] = base::MessageSocket::Pair();
  const auto pid = spawner.Execute(TemplateCommand(program, theirs.fd()), {theirs.fd()});
  if (!pid) return tl::make_unexpected(pid.error());
  std::unique_ptr<TemplateProcess> process(new TemplateProcess(loop, std::move(mine), *pid));
  process->peer_.Send(StartMessage(settings, generation, app_metrics_path));
  return process;
}

void TemplateProcess::Order(const nlohmann::json& message, const std::vector<int>& fds) {
  peer_.Send(message, fds);
}

void TemplateProcess::ReadMessages() {
  while (auto message = peer_.Next()) Handle(*message);
  if (peer_.closed() && state_ != State::kFailed) state_ = State::kGone;
}

void TemplateProcess::OnExit() {
  while (auto message = peer_.NextNow()) Handle(*message);
  peer_.Close();
  if (state_ != State::kFailed) state_ = State::kGone;
}

void TemplateProcess::Handle(const ControlMessage& message) {
  const auto incarnation = static_cast<uint32_t>(message.Number("incarnation", 0));
  if (message.op == "ready") {
    HandleReady(message);
  } else if (message.op == "failed") {
    error_ = message.Text("error");
    state_ = State::kFailed;
  } else if (message.op == "forked") {
    reports_.push_back({incarnation, static_cast<pid_t>(message.Number("pid", -1)), ""});
  } else if (message.op == "fork_failed") {
    reports_.push_back({incarnation, -1, message.Text("error")});
  }
}

void TemplateProcess::HandleReady(const ControlMessage& message) {
  state_ = State::kReady;
  const auto preloaded = message.fields.find("preloaded");
  preloaded_ = preloaded != message.fields.end() && preloaded->is_boolean() && *preloaded;
  const auto hazards = message.fields.find("hazards");
  if (hazards == message.fields.end() || !hazards->is_array()) return;
  for (const auto& hazard : *hazards) {
    if (hazard.is_string()) hazards_.push_back(hazard.get<std::string>());
  }
}

}  // namespace monoceros::master
