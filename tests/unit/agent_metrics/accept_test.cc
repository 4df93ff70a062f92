// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "agent/metrics/renderer.h"

namespace monoceros::agent {
namespace {

TEST(PrefersOpenMetrics, follows_what_prometheus_sends) {
  EXPECT_TRUE(PrefersOpenMetrics(
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
      "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
}

TEST(PrefersOpenMetrics, gives_text_to_browsers_curl_and_nobody) {
  EXPECT_FALSE(PrefersOpenMetrics("text/html,application/xhtml+xml,*/*;q=0.8"));
  EXPECT_FALSE(PrefersOpenMetrics("*/*"));
  EXPECT_FALSE(PrefersOpenMetrics(""));
}

TEST(PrefersOpenMetrics, compares_weights) {
  EXPECT_FALSE(PrefersOpenMetrics("application/openmetrics-text;q=0.4, text/plain;q=0.5"));
  EXPECT_FALSE(PrefersOpenMetrics("application/openmetrics-text;q=0"));
  EXPECT_TRUE(PrefersOpenMetrics("Application/OpenMetrics-Text ; Q=0.5 , text/*;q=0.2"));
}

TEST(PrefersOpenMetrics, survives_nonsense) {
  EXPECT_FALSE(PrefersOpenMetrics(",,;;q=,=;q"));
  EXPECT_TRUE(PrefersOpenMetrics("application/openmetrics-text;q=x"));
}

}  // namespace
}  // namespace monoceros::agent
