// SPDX-License-Identifier: Apache-2.0
// Every case of tests/conformance/http: the outcome is the expected one, however the bytes arrive.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "conformance/parse_run.h"

namespace monoceros::router::http {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kRandomSplits = 20;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// JSON is UTF-8; the corpus means Latin-1, one character a byte.
std::string Latin1ToUtf8(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) text += static_cast<char>(0xc0 | (byte >> 6));
    text += static_cast<char>(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
  }
  return text;
}

json ToJson(const NamedValues& fields) {
  json list = json::array();
  for (const auto& [name, value] : fields) {
    list.push_back({Latin1ToUtf8(name), Latin1ToUtf8(value)});
  }
  return list;
}

json ToJson(const ReportedRequest& request) {
  return {
      {"method", request.method},
      {"target", request.target},
      {"path", request.path},
      {"query", request.query},
      {"version_minor", request.version_minor},
      {"keep_alive", request.keep_alive},
      {"expect_continue", request.expect_continue},
      {"upgrade", request.upgrade},
      {"chunked", request.chunked},
      {"content_length", request.content_length ? json(*request.content_length) : json()},
      {"fields", ToJson(request.fields)},
      {"body", Latin1ToUtf8(request.body)},
      {"trailers", ToJson(request.trailers)},
      {"complete", request.complete},
  };
}

Limits LimitsOf(const json& expected) {
  const json& given = expected["limits"];
  Limits limits;
  limits.request_line = given.value("request_line", limits.request_line);
  limits.fields = given.value("fields", limits.fields);
  limits.field_size = given.value("field_size", limits.field_size);
  limits.max_body = given.value("max_body", limits.max_body);
  return limits;
}

void ExpectOutcome(const ParseRun& run, const json& expected) {
  EXPECT_EQ(run.violations, std::vector<std::string>());
  json requests = json::array();
  for (const ReportedRequest& request : run.requests) requests.push_back(ToJson(request));
  EXPECT_EQ(requests, expected["requests"]) << expected["rule"];
  EXPECT_EQ(run.status, expected.value("status", 0)) << expected["rule"] << ": " << run.reason;
  EXPECT_EQ(run.reason, expected.value("reason", run.reason)) << expected["rule"];
}

void ExpectSameInRandomPieces(const ParseRun& whole, const Limits& limits, std::string_view bytes) {
  std::mt19937 random(1);
  for (int i = 0; i < kRandomSplits; ++i) {
    const size_t longest = i % 2 == 0 ? 7 : bytes.size() + 1;
    const auto piece = [&](size_t) {
      return std::uniform_int_distribution<size_t>(1, longest)(random);
    };
    ASSERT_EQ(RunParser(limits, bytes, piece), whole) << "split " << i;
  }
}

class Corpus : public testing::TestWithParam<fs::path> {};

TEST_P(Corpus, has_the_expected_outcome_however_it_arrives) {
  const std::string bytes = ReadFile(GetParam());
  const json expected = json::parse(ReadFile(fs::path(GetParam()).replace_extension(".json")));
  const Limits limits = LimitsOf(expected);
  const ParseRun whole = RunInOnePiece(limits, bytes);
  ExpectOutcome(whole, expected);
  EXPECT_EQ(RunParser(limits, bytes, [](size_t) { return 1; }), whole) << "byte by byte";
  ExpectSameInRandomPieces(whole, limits, bytes);
}

std::vector<fs::path> Cases(const char* kind) {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(fs::path(MONOCEROS_CORPUS) / kind)) {
    if (entry.path().extension() == ".http") cases.push_back(entry.path());
  }
  std::ranges::sort(cases);
  return cases;
}

std::string NameOf(const testing::TestParamInfo<fs::path>& info) {
  return info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(valid, Corpus, testing::ValuesIn(Cases("valid")), NameOf);
INSTANTIATE_TEST_SUITE_P(invalid, Corpus, testing::ValuesIn(Cases("invalid")), NameOf);

}  // namespace
}  // namespace monoceros::router::http
