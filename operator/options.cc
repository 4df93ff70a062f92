// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <sstream>

#include "runtime/version.h"

namespace monoceros::manager {
namespace {

using base::Fail;
using base::Result;

constexpr char kDescription[] =
    R"(Makes Kubernetes run what WorkerPools (monoceros.dev/v1alpha1) say: a Deployment of
Monoceros servers, its Service and the rest, and live changes of worker and thread
counts without a restart. In a pod it uses the pod's service account; elsewhere
a kubeconfig:

  monoceros-operator --kubeconfig ~/.kube/config --no-leader-election
)";

// As the server's: the flag in a line, its sentences indented below.
class HelpText final : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool positional) const override {
    const std::string flag = make_option_name(option, positional);
    const std::string name = option->get_type_size() == 0 ? "" : option->get_type_name();
    const std::string type = name.empty() ? "" : " " + name;
    std::string text = fmt::format("  {}{}\n", flag, type);
    std::istringstream words(option->get_description());
    std::string line = "     ";
    for (std::string word; words >> word; line += " " + word) {
      if (line.size() + word.size() < kWidth) continue;
      text += line + "\n";
      line = "     ";
    }
    return text + line + "\n";
  }

 private:
  static constexpr size_t kWidth = 80;
};

// The options as people write them.
struct Texts {
  std::string metrics = ":8080";
  std::string probes = ":8081";
  std::string level = "info";
  bool no_election = false;
};

void AddClusterFlags(CLI::App& app, Options& options) {
  app.add_option("--namespace", options.ns,
                 "Watch WorkerPools of this namespace only. Default: all namespaces")
      ->type_name("NAME")
      ->group("Kubernetes");
  app.add_option("--kubeconfig", options.kubeconfig,
                 "The file that says how to reach the API server. Default: the pod's service "
                 "account; outside of a pod $KUBECONFIG or ~/.kube/config")
      ->type_name("FILE")
      ->group("Kubernetes");
  app.add_option("--context", options.context,
                 "The context of the kubeconfig to use. Default: its current one")
      ->type_name("NAME")
      ->group("Kubernetes");
  app.add_option("--concurrency", options.concurrency,
                 "How many WorkerPools are worked on at the same time, 1 to 64. Default: 4")
      ->type_name("N")
      ->check(CLI::Range(1, 64).description(""))
      ->group("Kubernetes");
}

void AddElectionFlags(CLI::App& app, Options& options, Texts& texts) {
  app.add_option("--leader-election-namespace", options.leader_election_ns,
                 "The namespace of the Lease monoceros-operator, by which one of several operators "
                 "acts, and of the operator's certificate authority. Default: $POD_NAMESPACE, else "
                 "the service account's or the context's namespace")
      ->type_name("NAME")
      ->envname("POD_NAMESPACE")
      ->group("Leader election");
  app.add_flag("--no-leader-election", texts.no_election,
               "Act at once, without a Lease: only where no other operator runs")
      ->group("Leader election");
}

void AddObservationFlags(CLI::App& app, Options& options, Texts& texts) {
  app.add_option("--metrics-bind", texts.metrics,
                 "Where /metrics is served, for Prometheus. Default: :8080, on all addresses")
      ->type_name("ADDRESS:PORT")
      ->group("Observation");
  app.add_option("--probe-bind", texts.probes,
                 "Where /livez and /readyz are served, for the kubelet; may be the same as "
                 "--metrics-bind. Default: :8081")
      ->type_name("ADDRESS:PORT")
      ->group("Observation");
  app.add_option("--log-level", texts.level,
                 "debug, info, warning, error or critical. Default: info")
      ->type_name("LEVEL")
      ->group("Observation");
  app.add_flag("--check", options.check,
               "Only list WorkerPools, say how many there are, and leave: with 0 when the API "
               "server, the CustomResourceDefinition and the rights are there, else with 1")
      ->group("Observation");
  app.add_flag("--log-json", options.log_json, "Log one JSON object a line instead of text")
      ->group("Observation");
}

Result<void> Resolve(const Texts& texts, Options& options) {
  const auto metrics = ParseBind(texts.metrics);
  if (!metrics) return Fail("--metrics-bind: " + metrics.error().message);
  const auto probes = ParseBind(texts.probes);
  if (!probes) return Fail("--probe-bind: " + probes.error().message);
  const auto level = base::ParseLogLevel(texts.level);
  if (!level) {
    return Fail(fmt::format("--log-level: '{}' is none of debug, info, warning, error, critical",
                            texts.level));
  }
  options.metrics = *metrics;
  options.probes = *probes;
  options.log_level = *level;
  options.leader_election = !texts.no_election;
  return {};
}

}  // namespace

Result<Bind> ParseBind(const std::string& text) {
  const size_t colon = text.rfind(':');
  Bind bind;
  const std::string number = colon == std::string::npos ? "" : text.substr(colon + 1);
  const char* const end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, bind.port);
  if (number.empty() || read.ec != std::errc() || read.ptr != end) {
    return Fail(fmt::format("'{}' has no port; write ADDRESS:PORT, for example :8080", text));
  }
  bind.address = text.substr(0, colon);
  const bool bracketed = bind.address.starts_with('[') && bind.address.ends_with(']');
  if (bracketed) bind.address = bind.address.substr(1, bind.address.size() - 2);
  if (!bracketed && bind.address.find(':') != std::string::npos) {
    return Fail(fmt::format("'{}': an IPv6 address is written in brackets, [::1]:8080", text));
  }
  return bind;
}

Result<Options> ReadOptions(std::vector<std::string> arguments) {
  CLI::App app(kDescription, "monoceros-operator");
  Options options;
  Texts texts;
  AddClusterFlags(app, options);
  AddElectionFlags(app, options, texts);
  AddObservationFlags(app, options, texts);
  app.formatter(std::make_shared<HelpText>());
  app.set_help_flag("-h,--help", "Show this text and leave");
  app.set_version_flag("-v,--version", fmt::format("monoceros-operator {}", runtime::Version()),
                       "Show the version and leave");
  try {
    // CLI11 takes them from the end.
    std::reverse(arguments.begin(), arguments.end());
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    options.text = app.help();
    return options;
  } catch (const CLI::CallForVersion& version) {
    options.text = std::string(version.what()) + "\n";
    return options;
  } catch (const CLI::ParseError& error) {
    return Fail(fmt::format("{}; see monoceros-operator --help", error.what()));
  }
  const auto resolved = Resolve(texts, options);
  if (!resolved) return tl::make_unexpected(resolved.error());
  return options;
}

}  // namespace monoceros::manager
