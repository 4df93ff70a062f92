// SPDX-License-Identifier: Apache-2.0
#include "master/router_process.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "config/settings_json.h"
#include "master/exit_report.h"
#include "router/router.h"

namespace monoceros::master {
namespace {

constexpr base::Nanoseconds kLeaveTime = 2 * base::kNanosecondsPerSecond;
constexpr base::Nanoseconds kStableTime = base::kNanosecondsPerSecond;

// The router's environment is emptied, so what it would read there is settled here.
config::Settings SettingsForRouter(config::Settings settings) {
  const char* temporary = std::getenv("TMPDIR");
  if (settings.spool_dir.empty()) {
    settings.spool_dir = temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
  }
  return settings;
}

// A connection is a descriptor. Only the router's limit is raised: applications may still use
// select, which knows no more than 1,024.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

RouterProcess::Exchange ReadExchange(const nlohmann::json& object) {
  RouterProcess::Exchange exchange;
  exchange.incarnation = object.at("incarnation").get<uint32_t>();
  exchange.id = object.at("exchange").get<uint64_t>();
  exchange.request = object.value("method", "") + " " + object.value("path", "");
  exchange.age = base::FromSeconds(object.value("age", 0.0));
  exchange.taken = object.value("taken", true);
  return exchange;
}

// The list of that name, up to what is not as it should be: the router is ours, so that would be a
// broken one, which dies of it.
std::vector<RouterProcess::Exchange> ReadExchanges(const ControlMessage& message,
                                                   const char* name) {
  std::vector<RouterProcess::Exchange> read;
  try {
    for (const nlohmann::json& object : message.fields.at(name)) {
      read.push_back(ReadExchange(object));
    }
  } catch (const nlohmann::json::exception&) {
    return read;
  }
  return read;
}

}  // namespace

RouterProcess::RouterProcess(const MasterContext& context, Listeners& listeners,
                             std::optional<Listener>& health, const base::Fd& scoreboard)
    : context_(context), listeners_(listeners), health_(health), scoreboard_(scoreboard) {}

void RouterProcess::Keep(const config::Settings& settings, base::Nanoseconds now) {
  if (peer_ || stopping_ || failed_to_start_) return;
  if (backoff_.MayStart(now)) Start(settings);
}

void RouterProcess::ReadMessages(base::Nanoseconds now) {
  if (!peer_) return;
  while (auto message = peer_->Next()) Handle(*message, now);
  congested_ = !peer_->Flush();
  if (peer_->closed()) JudgeGone(now);
}

void RouterProcess::JudgeGone(base::Nanoseconds now) {
  if (gone_at_ == 0) gone_at_ = now;
  if (now - gone_at_ > kLeaveTime) ::kill(pid_, SIGKILL);
}

void RouterProcess::JudgeBeat(base::Nanoseconds beat_at, base::Nanoseconds now) {
  if (!peer_ || ready_at_ == 0 || !beat_.Stopped(beat_at, now)) return;
  context_.log.Error("Router (pid:{}) has not turned for {} s; killing it", pid_,
                     base::ToSeconds(BeatJudge::kLimit));
  ::kill(pid_, SIGKILL);
  beat_ = {};
}

void RouterProcess::Start(const config::Settings& settings) {
  auto [mine, theirs] = base::MessageSocket::Pair();
  std::vector<int> kept = listeners_.descriptors();
  kept.insert(kept.end(), {theirs.fd(), scoreboard_.get()});
  if (health_) kept.push_back(health_->fd());
  router::RouterStart start{SettingsForRouter(settings), {}, std::move(theirs), {}};
  pid_ = context_.spawner.Fork("monoceros: router", kept, [&] {
    RaiseDescriptorLimit();
    start.listeners = listeners_.TakeAll();
    if (health_) start.health_listener = health_->Take();
    start.scoreboard = base::Fd(scoreboard_.get());
    return router::RunRouter(std::move(start));
  });
  backoff_.Attempted();
  ready_at_ = gone_at_ = 0;
  beat_ = {};
  ++epoch_;
  peer_ = std::make_unique<ControlPeer>(context_.loop, std::move(mine));
  context_.log.Debug("Starting router with pid: {} (start {})", pid_, epoch_);
}

void RouterProcess::Handle(const ControlMessage& message, base::Nanoseconds now) {
  const auto incarnation = static_cast<uint32_t>(message.Number("incarnation", 0));
  if (message.op == "ready") {
    was_ready_ = true;
    ready_at_ = now;
  } else if (message.op == "worker_drained") {
    drained_workers_.push_back(incarnation);
  } else if (message.op == "worker_broken") {
    broken_workers_.push_back({incarnation, message.Text("reason")});
  } else if (message.op == "exchanges") {
    lists_.push_back({incarnation, ReadExchanges(message, "exchanges")});
  } else if (message.op == "request_timeouts") {
    for (Exchange& over : ReadExchanges(message, "over"))
      timed_out_.over.push_back(std::move(over));
    for (const Exchange& ended : ReadExchanges(message, "ended")) {
      timed_out_.ended.emplace_back(ended.incarnation, ended.id);
    }
  } else if (message.op == "drained") {
    drained_ = stopping_;
  }
}

bool RouterProcess::OnExit(pid_t pid, int wait_status, base::Nanoseconds now) {
  if (pid_ != pid) return false;
  while (auto message = peer_->NextNow()) Handle(*message, now);
  peer_.reset();
  pid_ = -1;
  if (stopping_) {
    if (!drained_) context_.log.Error("Router (pid:{}) {}", pid, DescribeExit(wait_status));
    drained_ = true;
    return true;
  }
  failed_to_start_ = !was_ready_;
  if (ready_at_ != 0 && now - ready_at_ >= kStableTime) backoff_.Succeeded();
  backoff_.Failed(now);
  context_.log.Error("Router (pid:{}) {}; open connections are lost", pid,
                     DescribeExit(wait_status));
  return true;
}

void RouterProcess::AddWorker(Worker& worker) {
  if (!peer_) return;
  const channel::RouterFds fds = std::move(*worker.TakeRouterFds());
  const WorkerIdentity& identity = worker.identity();
  peer_->Send({{"op", "add_worker"},
               {"incarnation", identity.incarnation},
               {"row", identity.row},
               {"pid", worker.pid()},
               {"capacity", worker.capacity()},
               {"worker_class", identity.worker_class}},
              {fds.memory.get(), fds.router_bell.get(), fds.worker_bell.get(), fds.socket.get(),
               worker.pidfd()});
}

void RouterProcess::DrainWorker(uint32_t incarnation) {
  if (peer_) peer_->Send({{"op", "drain_worker"}, {"incarnation", incarnation}});
}

void RouterProcess::ListExchanges(uint32_t incarnation) {
  if (peer_) peer_->Send({{"op", "list_exchanges"}, {"incarnation", incarnation}});
}

void RouterProcess::SetCapacity(uint32_t incarnation, uint32_t capacity) {
  if (!peer_) return;
  peer_->Send({{"op", "set_capacity"}, {"incarnation", incarnation}, {"capacity", capacity}});
}

void RouterProcess::UpdateSettings(const config::Settings& settings) {
  if (!peer_) return;
  const std::string text = config::ToJson(SettingsForRouter(settings));
  peer_->Send({{"op", "settings"}, {"settings", nlohmann::json::parse(text)}});
}

void RouterProcess::Stop(double graceful) {
  stopping_ = true;
  if (peer_) {
    peer_->Send({{"op", "stop"}, {"graceful", graceful}});
  } else {
    drained_ = true;
  }
}

void RouterProcess::Abandon(base::Nanoseconds now) {
  stopping_ = drained_ = true;
  if (!peer_) return;
  peer_.reset();
  context_.leaving.Add(std::exchange(pid_, -1), now + kLeaveTime);
}

base::Nanoseconds RouterProcess::NextDeadline(base::Nanoseconds otherwise) const {
  if (peer_ || stopping_ || failed_to_start_) return otherwise;
  return std::min(otherwise, backoff_.not_before());
}

}  // namespace monoceros::master
