// SPDX-License-Identifier: Apache-2.0
#include "manager.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "agents/agents.h"
#include "agents/identity_keeper.h"
#include "kube/client.h"
#include "runtime/controller.h"
#include "runtime/deadline.h"
#include "runtime/event_recorder.h"
#include "runtime/leader_elector.h"
#include "runtime/operator_metrics.h"
#include "runtime/probe_server.h"
#include "runtime/task_group.h"
#include "runtime/version.h"
#include "runtime/work_queue.h"
#include "workerpool/reconciler.h"

namespace monoceros::manager {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::seconds;

namespace {

constexpr seconds kForPasses{20};
constexpr seconds kForEvents{2};
constexpr seconds kForLease{3};
constexpr seconds kForTheRest{2};
constexpr seconds kLongestConnectPause{30};
constexpr seconds kIdentityInterval{60};
constexpr seconds kIdentityRetry{5};
constexpr std::chrono::milliseconds kReadyInterval{100};
constexpr char kController[] = "workerpool";

std::string UserAgent() { return fmt::format("monoceros-operator/{}", runtime::Version()); }

// The pod's name, and something that a restarted container does not share with its predecessor.
std::string Identity() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const char* const pod = std::getenv("POD_NAME");
  return fmt::format("{}_{:08x}", pod != nullptr ? pod : host, std::random_device{}());
}

kube::ClientOptions ClientOptionsOf(runtime::OperatorMetrics& metrics, base::Logger& log) {
  kube::ClientOptions options;
  options.user_agent = UserAgent();
  options.log = &log;
  options.observe = [&metrics](const kube::RequestDone& done) { metrics.Request(done); };
  return options;
}

}  // namespace

class Manager::Impl {
 public:
  Impl(Options options, kube::Access access, base::Logger& log)
      : options_(std::move(options)),
        log_(log),
        where_(fmt::format("{}:{}", access.host, access.port)),
        ns_(options_.leader_election_ns.empty() ? access.default_namespace
                                                : options_.leader_election_ns),
        client_(io_.get_executor(), std::move(access), ClientOptionsOf(metrics_, log_)) {}

  End Run() {
    if (!OpenServers()) return {.code = 1};
    signals_.async_wait([this](const error_code& error, int number) {
      if (!error) OnSignal(number);
    });
    tasks_.Spawn(Start());
    try {
      io_.run();
    } catch (const std::exception& defect) {
      log_.Critical("A defect: an exception that nobody handles; the operator ends: {}",
                    defect.what());
      return {.code = 1, .clean = false, .defect = true};
    }
    const bool clean = tasks_.size() + passes_.size() + election_.size() + end_.size() == 0;
    return {.code = code_, .clean = clean};
  }

 private:
  // --- the start ---

  bool OpenServers() {
    std::list<Bind> binds{options_.metrics};
    if (options_.probes != options_.metrics) binds.push_back(options_.probes);
    for (const Bind& bind : binds) {
      auto server = runtime::ProbeServer::Open(io_.get_executor(), bind.address, bind.port,
                                               {.not_ready = [this] { return NotReady(); },
                                                .metrics = [this] { return MetricsText(); }});
      if (!server) {
        log_.Error("{}; see --metrics-bind and --probe-bind", server.error().message);
        return false;
      }
      servers_.push_back(std::move(*server));
    }
    for (runtime::ProbeServer& server : servers_) tasks_.Spawn(server.Run());
    return true;
  }

  asio::awaitable<void> Start() {
    log_.Info("monoceros-operator {} starts; it watches {}", runtime::Version(),
              options_.ns.empty() ? "all namespaces" : "the namespace " + options_.ns);
    co_await Connect();
    tasks_.Spawn(reconciler_.Follow());
    tasks_.Spawn(KeepIdentity());
    if (options_.leader_election) {
      election_.Spawn(Lead());
    } else {
      StartPasses();
    }
  }

  // Until the API server answers.
  asio::awaitable<void> Connect() {
    seconds pause{1};
    while (!connected_) {
      const kube::Result<std::string> version = co_await client_.ServerVersion();
      if (version) {
        log_.Info("The API server at {} is {}", where_, *version);
        connected_ = true;
        co_return;
      }
      Note(connect_trouble_, version.error().message);
      co_await runtime::Sleep(pause);
      pause = std::min(pause * 2, kLongestConnectPause);
    }
  }

  asio::awaitable<void> KeepIdentity() {
    agents::KeyPair shown;
    while (true) {
      const auto kept = co_await identity_.Keep(std::chrono::system_clock::now());
      if (!kept) {
        Note(identity_trouble_, "The operator's certificate: " + kept.error().message);
      } else if (identity_.leaf() != shown) {
        shown = identity_.leaf();
        agents_.SetIdentity(shown);
      }
      if (kept) identity_trouble_.clear();
      const seconds pause = kept ? kIdentityInterval : kIdentityRetry;
      co_await runtime::Sleep(pause);
    }
  }

  // Until the Lease is lost.
  asio::awaitable<void> Lead() {
    const std::string lost = co_await elector_.Run([this] { StartPasses(); });
    log_.Error("Lost the leadership and ends, to begin anew as a follower: {}", lost);
    Stop(1);
  }

  void StartPasses() {
    if (!stopping_) passes_.Spawn(WorkWhenReady());
  }

  // A pass over a cache that is not filled would take what exists for missing.
  asio::awaitable<void> WorkWhenReady() {
    while (!stopping_ && !NotReady().empty()) co_await runtime::Sleep(kReadyInterval);
    if (!stopping_) co_await controller_.Run();
  }

  // --- what others are told ---

  // The reasons, one a line.
  std::string NotReady() const {
    if (stopping_) return "the operator is ending";
    if (!connected_) {
      return fmt::format("the API server at {} has not told its version yet: {}", where_,
                         connect_trouble_);
    }
    std::string reasons = reconciler_.NotReady();
    if (identity_.bundle().empty()) {
      if (!reasons.empty()) reasons += '\n';
      reasons +=
          identity_trouble_.empty() ? "the operator has no certificate yet" : identity_trouble_;
    }
    return reasons;
  }

  std::string MetricsText() {
    queue_.Measure();
    return metrics_.Text();
  }

  // A trouble is logged once, not at every attempt.
  void Note(std::string& last, const std::string& trouble) {
    if (last == trouble) return;
    last = trouble;
    log_.Warning("{}", trouble);
  }

  // --- the end ---

  void OnSignal(int number) {
    log_.Info("Got {} and ends", number == SIGINT ? "SIGINT" : "SIGTERM");
    Stop(0);
  }

  void Stop(int code) {
    code_ = std::max(code_, code);
    if (std::exchange(stopping_, true)) {
      if (code != 0) passes_.Cancel();
      return;
    }
    queue_.Close();
    const seconds limit =
        code == 0 ? kForPasses + kForEvents + kForLease + kForTheRest : kForTheRest;
    hard_limit_.expires_after(limit);
    hard_limit_.async_wait([this](const error_code& error) {
      if (error) return;
      log_.Error("Some work did not end in time; it is left as it is");
      io_.stop();
    });
    end_.Spawn(Finish(code == 0));
  }

  asio::awaitable<void> Finish(bool orderly) {
    if (orderly) co_await FinishOrderly();
    for (runtime::TaskGroup* group : {&passes_, &election_, &tasks_}) group->Cancel();
    for (runtime::TaskGroup* group : {&passes_, &election_, &tasks_}) co_await group->Wait();
    hard_limit_.cancel();
    io_.stop();
  }

  // Who acts keeps the Lease until it has stopped acting.
  asio::awaitable<void> FinishOrderly() {
    const bool passes = co_await runtime::WithDeadline(passes_.Wait(), kForPasses);
    if (!passes) log_.Warning("Passes that took longer than {} s were ended", kForPasses.count());
    const bool written = co_await runtime::WithDeadline(events_.Flush(), kForEvents);
    if (!written) log_.Warning("Events are lost: they could not be written in time");
    election_.Cancel();
    co_await election_.Wait();
    const bool released = co_await runtime::WithDeadline(elector_.Release(), kForLease);
    if (!released) log_.Warning("The Lease could not be given up in time; it ends by itself");
  }

  Options options_;
  base::Logger& log_;
  std::string where_;  // the API server
  std::string ns_;     // the operator's own namespace
  std::string instance_ = Identity();
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGTERM, SIGINT};
  asio::steady_timer hard_limit_{io_};

  runtime::OperatorMetrics metrics_;
  kube::Client client_;
  agents::Agents agents_{io_.get_executor(), UserAgent()};
  agents::IdentityKeeper identity_{client_, ns_};
  runtime::EventRecorder events_{io_.get_executor(), client_, instance_, &log_};
  runtime::WorkQueue queue_{io_.get_executor(), kController, &metrics_};
  workerpool::Reconciler reconciler_{{client_, agents_, identity_, events_, metrics_, queue_},
                                     options_.ns};
  runtime::LeaderElector elector_{
      client_, {.ns = ns_, .identity = instance_, .log = &log_}, &metrics_};
  runtime::Controller controller_{
      {.name = kController, .concurrency = options_.concurrency, .log = &log_},
      queue_,
      [this](kube::Key key) { return reconciler_.Reconcile(std::move(key)); },
      &metrics_};
  std::list<runtime::ProbeServer> servers_;

  bool connected_ = false;
  bool stopping_ = false;
  int code_ = 0;
  std::string connect_trouble_;   // the last that was logged
  std::string identity_trouble_;  // the same

  // Of what runs, by who ends it when.
  runtime::TaskGroup tasks_{io_.get_executor()};
  runtime::TaskGroup election_{io_.get_executor()};
  runtime::TaskGroup passes_{io_.get_executor()};
  runtime::TaskGroup end_{io_.get_executor()};
};

Manager::Manager(Options options, kube::Access access, base::Logger& log)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(access), log)) {}

Manager::~Manager() = default;

Manager::End Manager::Run() { return impl_->Run(); }

}  // namespace monoceros::manager
