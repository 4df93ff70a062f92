// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/open_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/metrics/exemplars.h"

namespace monoceros::agent {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string Text(Family family) { return SerializeOpenMetrics({{family.Take()}, {}}); }

TEST(OpenMetrics, names_a_counter_without_total_and_its_sample_with_it) {
  EXPECT_EQ(
      "# TYPE busy_seconds counter\n# UNIT busy_seconds seconds\n# HELP busy_seconds Help.\n"
      "busy_seconds_total 1.5\n# EOF\n",
      Text(Counter("busy_seconds_total", "Help.").Add(1.5)));
}

TEST(OpenMetrics, makes_info_families_of_info_gauges) {
  EXPECT_EQ("# TYPE build info\n# HELP build Help.\nbuild_info{version=\"1\"} 1\n# EOF\n",
            Text(Gauge("build_info", "Help.").Add(1, {{"version", "1"}})));
}

TEST(OpenMetrics, escapes_help_and_labels) {
  EXPECT_EQ("# TYPE a gauge\n# HELP a x\\\"\\\\\\ny\na{l=\"\\\"\\\\\\n\"} 0\n# EOF\n",
            Text(Gauge("a", "x\"\\\ny").Add(0, {{"l", "\"\\\n"}})));
}

TEST(OpenMetrics, ends_with_eof_even_when_there_is_nothing) {
  EXPECT_EQ("# EOF\n", SerializeOpenMetrics({}));
}

TEST(OpenMetrics, writes_buckets_with_their_exemplars) {
  scoreboard::RouterCopy router;
  router.histograms[0].counts = {2, 1};
  router.histograms[0].sum_nanoseconds = 2'000'000;
  auto& exemplar = router.exemplars[0][1];
  exemplar.trace_id = {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736};
  exemplar.span_id = 0x00f067aa0ba902b7;
  exemplar.nanoseconds = 800'000;
  exemplar.observed_at = 1'763'700'000'123'456'789;
  Exposition exposition;
  exposition.families.push_back(Histogram("t_seconds", "").Add(router.histograms[0], {}).Take());
  exposition.exemplars["t_seconds"] = RequestExemplars(router);
  const std::string text = SerializeOpenMetrics(exposition);
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"0.0005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"0.001\"} 3 # "
                              "{trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\","
                              "span_id=\"00f067aa0ba902b7\"} 0.000800000 1763700000.123\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"1.0\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, EndsWith("t_seconds_count 3\nt_seconds_sum 0.002\n# EOF\n"));
}

}  // namespace
}  // namespace monoceros::agent
