// SPDX-License-Identifier: Apache-2.0
// What the master writes into the scoreboard.
#include "master/arbiter.h"
#include "master/scoreboard_writer.h"

namespace monoceros::master {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

void Arbiter::Publish() {
  PublishHeader();
  operations_.Publish(scoreboard_.header());
  pool_.Publish();
}

void Arbiter::PublishHeader() {
  scoreboard::Header& header = scoreboard_.header();
  header.master_beat_at.store(now_, kRelaxed);
  header.generation.store(serving_ ? serving_->generation() : last_generation_, kRelaxed);
  header.workers_wanted.store(static_cast<uint32_t>(settings().workers), kRelaxed);
  header.threads_wanted.store(static_cast<uint32_t>(settings().threads), kRelaxed);
  header.draining.store(shutdown_.running(), kRelaxed);
  header.accounting.store(settings().accounting == "full", kRelaxed);
  PublishText(settings().worker_class, header.worker_class);
}

void Arbiter::Sample() {
  scoreboard::Header& header = scoreboard_.header();
  const pid_t template_pid = serving_ ? serving_->pid() : -1;
  if (template_pid <= 0) header.template_rss_bytes.store(0, kRelaxed);
  std::vector<SampledProcess> processes = {
      {::getpid(), &header.master_rss_bytes, nullptr, &header.master_cpu_nanoseconds, nullptr},
      {router_.pid(), &header.router_rss_bytes, nullptr, &header.router_cpu_nanoseconds, nullptr},
      {template_pid, &header.template_rss_bytes, nullptr, nullptr, nullptr},
      {agent_.pid(), nullptr, nullptr, nullptr, nullptr}};
  for (const auto& worker : pool_.workers()) {
    scoreboard::WorkerRow& row = scoreboard_.worker(worker->identity().row);
    processes.push_back({worker->pid(), &row.rss_bytes, &row.pss_bytes, &row.cpu_nanoseconds,
                         &row.run_queue_nanoseconds});
  }
  sampler_.Keep(processes, now_);
}

}  // namespace monoceros::master
