// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/renderer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "snapshots.h"

namespace monoceros::agent {
namespace {

using scoreboard::Snapshot;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::map<std::string, double> Samples(const std::string& text) {
  std::map<std::string, double> samples;
  for (const std::string& line : Lines(text)) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.rfind(' ');
    EXPECT_TRUE(samples.emplace(line.substr(0, space), std::stod(line.substr(space))).second)
        << "twice: " << line;
  }
  return samples;
}

std::string Render(const Snapshot& now, const RenderOptions& options = {}) {
  return Renderer({"1.2.3", ""}).Render(now, options);
}

// "name type label,label" of each family.
std::set<std::string> Shapes(const std::string& text) {
  std::map<std::string, std::string> types;
  std::map<std::string, std::set<std::string>> labels;
  std::string family;
  for (const std::string& line : Lines(text)) {
    if (line.starts_with("# TYPE ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      types[family] = line.substr(line.rfind(' ') + 1);
    } else if (!line.starts_with("#")) {
      for (size_t end = line.find("=\""); end != line.npos; end = line.find("=\"", end + 1)) {
        const size_t start = line.find_last_of("{,", end) + 1;
        labels[family].insert(line.substr(start, end - start));
      }
    }
  }
  std::set<std::string> shapes;
  for (const auto& [name, type] : types) {
    std::string shape = name + " " + type;
    for (const std::string& label : labels[name]) shape.append(" ").append(label);
    shapes.insert(shape);
  }
  return shapes;
}

TEST(Renderer, gives_names_types_and_labels_as_the_golden_file_has_them) {
  std::ifstream file(METRICS_GOLDEN);
  ASSERT_TRUE(file) << METRICS_GOLDEN;
  std::set<std::string> golden;
  for (std::string line; std::getline(file, line);) golden.insert(line);
  EXPECT_EQ(golden, Shapes(Render(Pool(1, 2, 1), {.slot_detail = true})))
      << "names are an interface: change " METRICS_GOLDEN " only on purpose";
}

TEST(Renderer, gives_at_most_400_series_for_any_number_of_workers) {
  Snapshot pool = Pool(200, 64, 1);
  pool.workers[0].worker_class = "asgi";
  const size_t series = Samples(Render(pool)).size();
  EXPECT_LE(series, 400u);
  EXPECT_GT(series, 300u) << "is the text still read as it should be?";
}

TEST(Renderer, gives_the_same_series_before_and_after_the_first_request) {
  Snapshot later = Pool(2, 2, 1);
  for (auto& histogram : later.router.histograms) histogram.counts.fill(1);
  later.router.responses_by_class.fill(1);
  const auto first = Samples(Render(Pool(2, 2, 0))), second = Samples(Render(later));
  const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
  EXPECT_TRUE(std::equal(first.begin(), first.end(), second.begin(), second.end(), same_key));
}

TEST(Renderer, shows_slots_and_threads_only_when_asked) {
  const Snapshot pool = Pool(1, 2, 1);
  EXPECT_THAT(Render(pool), Not(HasSubstr("slot=\"")));
  EXPECT_THAT(Render(pool, {.slot_detail = true}),
              HasSubstr("monoceros_thread_busy_seconds_total{slot=\"0\",thread=\"1\"} 0\n"));
}

TEST(Renderer, never_shows_pids_thread_ids_or_paths) {
  Snapshot pool = Pool(1, 2, 1);
  pool.workers[0].threads[0].request_text = "GET /secret";
  const std::string text = Render(pool, {.slot_detail = true});
  for (const char* hidden : {"4242", "777000", "/secret"}) {
    EXPECT_THAT(text, Not(HasSubstr(hidden)));
  }
}

TEST(Renderer, integrates_slots_and_busy_time) {
  Renderer renderer({"1.2.3", ""});
  for (int second = 0; second < 10; ++second) renderer.Observe(Pool(1, 4, second));
  Snapshot now = Pool(1, 4, 10);
  now.workers[0].threads[2].busy_nanoseconds = 10 * kSecond;
  const auto samples = Samples(renderer.Render(now, {}));
  EXPECT_DOUBLE_EQ(10, samples.at("monoceros_busy_seconds_total"));
  EXPECT_DOUBLE_EQ(40, samples.at("monoceros_slot_seconds_total"));
  EXPECT_DOUBLE_EQ(0.25, samples.at("monoceros_saturation_ratio"));
  EXPECT_DOUBLE_EQ(0.25, renderer.saturation());
}

TEST(Renderer, compares_with_10_to_15_seconds_ago) {
  Renderer renderer({"1.2.3", ""});
  Snapshot now = Pool(1, 1, 0);
  for (int second = 0; second <= 60; ++second) {
    now = Pool(1, 1, second);
    now.workers[0].threads[0].busy_nanoseconds =
        static_cast<uint64_t>(std::min(second, 45)) * kSecond;
    renderer.Observe(now);
  }
  EXPECT_DOUBLE_EQ(0, renderer.saturation());
}

TEST(Renderer, lets_no_counter_shrink) {
  Renderer renderer({"1.2.3", ""});
  Snapshot now = Pool(1, 1, 1);
  now.router.responses_by_class[2] = 50;
  now.router.histograms[0].counts[3] = 50;
  now.workers[0].threads[0].busy_nanoseconds = 5 * kSecond;
  const auto before = Samples(renderer.Render(now, {}));
  const auto after = Samples(renderer.Render(Pool(1, 1, 2), {}));
  for (const char* name :
       {"monoceros_requests_total{status_class=\"2xx\"}", "monoceros_busy_seconds_total",
        "monoceros_request_phase_seconds_count{phase=\"queue\"}"}) {
    EXPECT_GT(before.at(name), 0) << name;
    EXPECT_EQ(before.at(name), after.at(name)) << name;
  }
}

TEST(Renderer, starts_anew_with_another_master) {
  Renderer renderer({"1.2.3", ""});
  Snapshot now = Pool(1, 1, 1);
  now.router.responses_by_class[2] = 50;
  renderer.Render(now, {});
  now = Pool(1, 1, 2);
  now.header.master_started_at += kSecond;
  EXPECT_EQ(0,
            Samples(renderer.Render(now, {})).at("monoceros_requests_total{status_class=\"2xx\"}"));
}

TEST(Renderer, copes_with_an_empty_scoreboard) {
  EXPECT_THAT(Render(Snapshot()), HasSubstr("monoceros_slots 0\n"));
  EXPECT_THAT(Render(Snapshot(), {.slot_detail = true, .open_metrics = true}),
              testing::EndsWith("# EOF\n"));
}

TEST(Renderer, says_what_restarts_and_timeouts_were) {
  Snapshot now = Pool(1, 1, 1);
  now.header.restarts[static_cast<size_t>(scoreboard::RestartReason::kTimeout)] = 3;
  now.router.timeouts[static_cast<size_t>(scoreboard::ClientTimeout::kSend)] = 4;
  const auto samples = Samples(Render(now));
  EXPECT_EQ(3, samples.at("monoceros_worker_restarts_total{reason=\"timeout\"}"));
  EXPECT_EQ(0, samples.at("monoceros_worker_restarts_total{reason=\"boot_timeout\"}"));
  EXPECT_EQ(4, samples.at("monoceros_client_timeouts_total{kind=\"send\"}"));
}

std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream stream(row.substr(1));
  for (std::string cell; std::getline(stream, cell, '|');) {
    std::erase_if(cell, [](char c) { return c == '`' || c == ' '; });
    cells.push_back(cell);
  }
  return cells;
}

// The rows "| `name` | type | unit | `label`, `label` | meaning |", as shapes.
std::set<std::string> Documented() {
  std::set<std::string> shapes;
  std::ifstream file(METRICS_DOC);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `monoceros_")) continue;
    const std::vector<std::string> cells = Cells(line);
    std::string labels = cells.at(3);
    std::replace(labels.begin(), labels.end(), ',', ' ');
    shapes.insert(cells[0] + " " + cells[1] + (cells[1] == "histogram" ? " le" : "") +
                  (labels.empty() ? "" : " ") + labels);
  }
  return shapes;
}

TEST(Renderer, gives_exactly_the_families_of_the_documentation) {
  EXPECT_EQ(Documented(), Shapes(Render(Pool(1, 2, 1), {.slot_detail = true})));
}

// The unit is a part of the name (Prometheus' conventions).
TEST(Renderer, has_units_in_names_as_the_documentation_says) {
  std::ifstream file(METRICS_DOC);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `monoceros_")) continue;
    const std::vector<std::string> cells = Cells(line);
    std::string unit = cells.at(2).substr(0, cells[2].find(','));
    if (!unit.empty()) {
      EXPECT_THAT(cells[0], HasSubstr("_" + unit));
    }
    EXPECT_EQ(cells[1] == "counter", cells[0].ends_with("_total")) << cells[0];
  }
}

}  // namespace
}  // namespace monoceros::agent
