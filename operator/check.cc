// SPDX-License-Identifier: Apache-2.0
#include "check.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "kube/client.h"
#include "runtime/version.h"

namespace monoceros::manager {
namespace {

namespace asio = boost::asio;
using Pools = kube::Result<kube::ObjectList>;

asio::awaitable<void> List(kube::Client& client, std::string ns, std::optional<Pools>& result) {
  kube::ListOptions options;
  result = co_await client.List(kube::kWorkerPools, std::move(ns), std::move(options));
}

}  // namespace

base::Result<std::string> CheckCluster(const kube::Access& access, const std::string& ns) {
  asio::io_context io;
  kube::ClientOptions options;
  options.user_agent = fmt::format("monoceros-operator/{}", runtime::Version());
  kube::Client client(io.get_executor(), access, std::move(options));
  std::optional<Pools> pools;
  // Connections that are kept for a next request would keep the loop running.
  asio::co_spawn(io, List(client, ns, pools), [&io](const std::exception_ptr&) { io.stop(); });
  io.run();
  if (!pools) return base::Fail("the WorkerPools could not be listed");
  if (!*pools) return base::Fail(pools->error().message);
  return fmt::format("{} WorkerPools in {}", (*pools)->items.size(),
                     ns.empty() ? "all namespaces" : "the namespace " + ns);
}

}  // namespace monoceros::manager
