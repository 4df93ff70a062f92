// SPDX-License-Identifier: Apache-2.0
#include "scoreboard/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace monoceros::scoreboard {
namespace {

struct Place {
  size_t offset;
  size_t bytes;
  bool operator==(const Place&) const = default;
};
using Places = std::map<std::string, Place>;

#define PLACE(type, field)                                 \
  {                                                        \
    #field, { offsetof(type, field), sizeof(type::field) } \
  }

Places HeaderPlaces() {
  return {PLACE(Header, magic),
          PLACE(Header, version),
          PLACE(Header, header_bytes),
          PLACE(Header, total_bytes),
          PLACE(Header, worker_rows),
          PLACE(Header, threads_per_worker),
          PLACE(Header, worker_row_bytes),
          PLACE(Header, reserved),
          PLACE(Header, master_started_at),
          PLACE(Header, master_beat_at),
          PLACE(Header, generation),
          PLACE(Header, workers_wanted),
          PLACE(Header, threads_wanted),
          PLACE(Header, live_state),
          PLACE(Header, live_revision),
          PLACE(Header, restarts),
          PLACE(Header, reloads_ok),
          PLACE(Header, reloads_failed),
          PLACE(Header, draining),
          PLACE(Header, master_pid),
          PLACE(Header, last_reload_at),
          PLACE(Header, last_reload_ok),
          PLACE(Header, accounting),
          PLACE(Header, master_rss_bytes),
          PLACE(Header, router_rss_bytes),
          PLACE(Header, template_rss_bytes),
          PLACE(Header, master_cpu_nanoseconds),
          PLACE(Header, router_cpu_nanoseconds),
          PLACE(Header, all_pss_bytes),
          PLACE(Header, cgroup_memory),
          PLACE(Header, cgroup_limit),
          PLACE(Header, cgroup_cpu_quota),
          PLACE(Header, cgroup_cpu_nanoseconds),
          PLACE(Header, cgroup_periods),
          PLACE(Header, cgroup_throttled_periods),
          PLACE(Header, cgroup_throttled_nanoseconds),
          PLACE(Header, worker_class)};
}

Places RouterPlaces() {
  return {PLACE(RouterRow, beat_at),
          PLACE(RouterRow, connections),
          PLACE(RouterRow, queued),
          PLACE(RouterRow, in_flight),
          PLACE(RouterRow, streams),
          PLACE(RouterRow, by_state),
          PLACE(RouterRow, accepted),
          PLACE(RouterRow, requests),
          PLACE(RouterRow, responses_by_class),
          PLACE(RouterRow, queue_nanoseconds),
          PLACE(RouterRow, application_nanoseconds),
          PLACE(RouterRow, shed),
          PLACE(RouterRow, abandoned),
          PLACE(RouterRow, refused),
          PLACE(RouterRow, timeouts),
          PLACE(RouterRow, request_body_bytes),
          PLACE(RouterRow, response_bytes),
          PLACE(RouterRow, buffer_bytes),
          PLACE(RouterRow, spool_bytes),
          PLACE(RouterRow, log_lines_dropped),
          PLACE(RouterRow, backlog),
          PLACE(RouterRow, backlog_limit),
          PLACE(RouterRow, backlog_overflows),
          PLACE(RouterRow, mean_service_nanoseconds),
          PLACE(RouterRow, disrupted),
          PLACE(RouterRow, upgraded),
          PLACE(RouterRow, histograms),
          PLACE(RouterRow, exemplars)};
}

Places WorkerPlaces() {
  return {PLACE(WorkerRow, state),
          PLACE(WorkerRow, pid),
          PLACE(WorkerRow, incarnation),
          PLACE(WorkerRow, generation),
          PLACE(WorkerRow, started_at),
          PLACE(WorkerRow, threads),
          PLACE(WorkerRow, capacity),
          PLACE(WorkerRow, worker_class),
          PLACE(WorkerRow, rss_bytes),
          PLACE(WorkerRow, pss_bytes),
          PLACE(WorkerRow, cpu_nanoseconds),
          PLACE(WorkerRow, run_queue_nanoseconds),
          PLACE(WorkerRow, restarts),
          PLACE(WorkerRow, stalls),
          PLACE(WorkerRow, gil_wait_nanoseconds),
          PLACE(WorkerRow, gil_waits),
          PLACE(WorkerRow, gil_meter),
          PLACE(WorkerRow, reserved),
          PLACE(WorkerRow, loop_busy_nanoseconds)};
}

Places ThreadPlaces() {
  return {PLACE(ThreadRow, sequence),
          PLACE(ThreadRow, busy_since),
          PLACE(ThreadRow, busy_nanoseconds),
          PLACE(ThreadRow, cpu_nanoseconds),
          PLACE(ThreadRow, gil_wait_nanoseconds),
          PLACE(ThreadRow, run_queue_nanoseconds),
          PLACE(ThreadRow, requests),
          PLACE(ThreadRow, request_id),
          PLACE(ThreadRow, native_id),
          PLACE(ThreadRow, reserved),
          PLACE(ThreadRow, gil_waiting_since),
          PLACE(ThreadRow, request_text)};
}

std::string Document() {
  std::ifstream file(SCOREBOARD_DOC);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Rows "| offset | bytes | `field` | ..." of the section with this heading.
Places Documented(const std::string& heading) {
  const std::string document = Document();
  const size_t begin = document.find("## " + heading + "\n");
  if (begin == std::string::npos) return {};
  const std::string section = document.substr(begin, document.find("\n## ", begin) - begin);
  static const std::regex kRow(R"(\| (\d+) \| (\d+) \| `(\w+)` \|)");
  Places places;
  for (std::sregex_iterator row(section.begin(), section.end(), kRow), end; row != end; ++row) {
    places[(*row)[3]] = {std::stoul((*row)[1]), std::stoul((*row)[2])};
  }
  return places;
}

void ExpectSame(const Places& documented, const Places& compiled) {
  EXPECT_EQ(documented.size(), compiled.size());
  for (const auto& [field, place] : compiled) {
    const auto found = documented.find(field);
    ASSERT_NE(found, documented.end()) << field << " is not documented";
    EXPECT_EQ(found->second.offset, place.offset) << field;
    EXPECT_EQ(found->second.bytes, place.bytes) << field;
  }
}

TEST(ScoreboardLayout, the_header_is_as_documented) {
  ExpectSame(Documented("Header"), HeaderPlaces());
}
TEST(ScoreboardLayout, the_router_row_is_as_documented) {
  ExpectSame(Documented("Router row"), RouterPlaces());
}
TEST(ScoreboardLayout, a_worker_row_is_as_documented) {
  ExpectSame(Documented("Worker row"), WorkerPlaces());
}
TEST(ScoreboardLayout, a_thread_row_is_as_documented) {
  ExpectSame(Documented("Thread row"), ThreadPlaces());
}

TEST(ScoreboardLayout, sections_are_where_the_document_says) {
  EXPECT_EQ(kRouterOffset, 512u);
  EXPECT_EQ(kWorkersOffset, 8192u);
  EXPECT_EQ(WorkerRowBytes(4), 192u + 4 * 192u);
  EXPECT_EQ(sizeof(Header), 312u);
  EXPECT_EQ(sizeof(Histogram), 128u);
  EXPECT_EQ(sizeof(Exemplar), 48u);
}

TEST(ScoreboardLayout, the_magic_reads_as_text) {
  EXPECT_EQ(std::memcmp(&kMagic, "\0MONOSB1", 8), 0);
}

}  // namespace
}  // namespace monoceros::scoreboard
