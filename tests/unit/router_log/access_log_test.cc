// SPDX-License-Identifier: Apache-2.0
#include "router/log/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monoceros::router {
namespace {

class MemorySink final : public base::LogSink {
 public:
  void Write(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

const char* const kGunicornFormat =
    R"(%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s")";

class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() {
    record_.remote_address = "192.0.2.7";
    record_.method = "GET";
    record_.target = "/list/?page=2";
    record_.path = "/list/";
    record_.query = "page=2";
    record_.status = 200;
    record_.response_bytes = 5120;
    record_.request_fields = &request_fields_;
    record_.response_fields = &response_fields_;
    record_.duration = 1'234'567'890;
    record_.queue_time = 1'500'000;
    record_.application_time = 1'200'000'000;
    record_.gil_wait = 100'000'000;
    record_.cpu = 250'000'999;
    record_.run_queue = 0;
    record_.other = 849'999'001;
    record_.write = 2'000;
    record_.worker_pid = 42;
  }

  std::string Line(const std::string& format, bool json = false) {
    MemorySink sink;
    const auto log = AccessLog::Create(format, json, sink);
    if (!log) return log.error().message;
    (*log)->Write(record_);
    EXPECT_EQ(sink.lines.size(), 1u);
    EXPECT_EQ(sink.lines.at(0).find('\n'), sink.lines.at(0).size() - 1) << "not one line";
    return sink.lines.at(0).substr(0, sink.lines.at(0).size() - 1);
  }

  std::vector<channel::Field> request_fields_ = {
      {"Host", "shop.test"}, {"User-Agent", "curl/8"}, {"Referer", "http://a.test/"}};
  std::vector<channel::Field> response_fields_ = {{"Content-Type", "text/html"}};
  AccessRecord record_;
};

TEST_F(AccessLogTest, each_atom_says_its_part) {
  const std::vector<std::pair<const char*, const char*>> expected = {
      {"%(h)s", "192.0.2.7"},
      {"%(l)s", "-"},
      {"%(u)s", "-"},
      {"%(r)s", "GET /list/?page=2 HTTP/1.1"},
      {"%(m)s", "GET"},
      {"%(U)s", "/list/"},
      {"%(q)s", "page=2"},
      {"%(H)s", "HTTP/1.1"},
      {"%(s)s", "200"},
      {"%(B)s", "5120"},
      {"%(b)s", "5120"},
      {"%(f)s", "http://a.test/"},
      {"%(a)s", "curl/8"},
      {"%(T)s", "1"},
      {"%(M)s", "1234"},
      {"%(D)s", "1234567"},
      {"%(L)s", "1.234567"},
      {"%(Q)s", "0.001500"},
      {"%(A)s", "1.200000"},
      {"%(G)s", "0.100000"},
      {"%(C)s", "0.250000"},
      {"%(R)s", "0.000000"},
      {"%(O)s", "0.849999"},
      {"%(W)s", "0.000002"},
      {"%(p)s", "<42>"},
      {"%({Host}i)s", "shop.test"},
      {"%({host}i)s", "shop.test"},
      {"%({content-type}o)s", "text/html"},
      {"%({REQUEST_METHOD}e)s", "GET"},
      {"%({QUERY_STRING}e)s", "page=2"},
      {"%({HTTP_USER_AGENT}e)s", "curl/8"},
      {"100%% %(s)s", "100% 200"},
      {"plain", "plain"},
  };
  for (const auto& [format, line] : expected) EXPECT_EQ(Line(format), line) << format;
}

TEST_F(AccessLogTest, the_time_is_local_with_its_offset) {
  EXPECT_THAT(Line("%(t)s"),
              testing::MatchesRegex("\\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} "
                                    "[+-][0-9]{4}\\]"));
}

TEST_F(AccessLogTest, the_default_format_is_gunicorns) {
  EXPECT_THAT(
      Line(kGunicornFormat),
      testing::MatchesRegex("192\\.0\\.2\\.7 - - \\[.*\\] \"GET /list/\\?page=2 HTTP/1\\.1\" "
                            "200 5120 \"http://a\\.test/\" \"curl/8\""));
}

TEST_F(AccessLogTest, what_is_absent_is_a_dash) {
  record_.remote_address = "";
  record_.request_fields = nullptr;
  record_.response_fields = nullptr;
  record_.worker_pid = 0;
  EXPECT_EQ(Line("%(h)s %(u)s %(f)s %(a)s %({x}i)s %({x}o)s %({NO_SUCH_VARIABLE}e)s %(p)s"),
            "- - - - - - - -");
}

TEST_F(AccessLogTest, what_was_not_measured_is_a_dash_and_in_json_null) {
  record_.gil_wait = record_.cpu = record_.run_queue = record_.other = record_.write = -1;
  EXPECT_EQ(Line("%(G)s %(C)s %(R)s %(O)s %(W)s"), "- - - - -");
  const auto line = nlohmann::json::parse(Line("", true));
  for (const char* key : {"gil_wait", "cpu", "run_queue", "other", "write"}) {
    EXPECT_TRUE(line.at(key).is_null()) << key;
  }
}

TEST_F(AccessLogTest, an_empty_field_is_a_dash) {
  request_fields_ = {{"Referer", ""}};
  EXPECT_EQ(Line("%(f)s"), "-");
}

TEST_F(AccessLogTest, the_user_is_the_name_of_basic_credentials) {
  for (const char* value : {"Basic YWxpY2U6c2VjcmV0", "basic YWxpY2U6c2VjcmV0"}) {
    request_fields_ = {{"Authorization", value}};
    EXPECT_EQ(Line("%(u)s"), "alice") << value;
  }
}

TEST_F(AccessLogTest, broken_credentials_are_no_user_and_no_injection) {
  for (const char* value :
       {"Basic ", "Basic ????", "Basic Og==", "Bearer YWxpY2U6c2VjcmV0", "Basic"}) {
    request_fields_ = {{"Authorization", value}};
    EXPECT_EQ(Line("%(u)s"), "-") << value;
  }
  request_fields_ = {{"Authorization", "Basic YQoiYjpj"}};  // a, newline, quote, b
  EXPECT_EQ(Line("%(u)s"), R"(a\x0A\"b)");
}

TEST_F(AccessLogTest, nothing_that_a_client_sent_can_forge_a_line) {
  const std::string_view evil = "x\" 200 0\n10.0.0.1 - - \"GET /admin\x1b[2J\\";
  const std::string safe = R"(x\" 200 0\x0A10.0.0.1 - - \"GET /admin\x1B[2J\\)";
  record_.method = record_.target = record_.path = record_.query = evil;
  request_fields_ = {{"User-Agent", evil}, {"Referer", evil}, {"X", evil}};
  response_fields_ = {{"Y", evil}};
  for (const char* atom : {"m", "U", "q", "f", "a", "{X}i", "{Y}o", "{HTTP_X}e", "{RAW_URI}e"}) {
    EXPECT_EQ(Line("%(" + std::string(atom) + ")s"), safe) << atom;
  }
  EXPECT_EQ(Line("%(r)s"), safe + " " + safe + " HTTP/1.1");
}

TEST_F(AccessLogTest, variables_of_the_server_are_read_once) {
  ::setenv("ACCESS_LOG_TEST", "blue", 1);
  MemorySink sink;
  const auto log = AccessLog::Create("%({ACCESS_LOG_TEST}e)s", false, sink);
  ::unsetenv("ACCESS_LOG_TEST");
  (*log)->Write(record_);
  EXPECT_EQ(sink.lines, std::vector<std::string>{"blue\n"});
}

TEST_F(AccessLogTest, a_bad_format_is_an_error_that_names_the_atom) {
  EXPECT_EQ(Line("%(s)s %(zz)s"), "access_log_format: there is no atom %(zz)s");
  EXPECT_EQ(Line("%({x}z)s"), "access_log_format: there is no atom %({x}z)s");
  EXPECT_EQ(Line("%({}i)s"), "access_log_format: there is no atom %({}i)s");
  EXPECT_EQ(Line("%()s"), "access_log_format: there is no atom %()s");
  for (const char* format : {"%", "100%", "%s", "%(s)d", "%(s"}) {
    EXPECT_THAT(Line(format), testing::HasSubstr("is no atom")) << format;
  }
}

TEST_F(AccessLogTest, json_has_every_part) {
  const auto line = nlohmann::json::parse(Line("", true));
  EXPECT_THAT(line["time"].get<std::string>(),
              testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"));
  auto rest = line;
  rest.erase("time");
  EXPECT_EQ(rest, (nlohmann::json{{"remote_address", "192.0.2.7"},
                                  {"method", "GET"},
                                  {"target", "/list/?page=2"},
                                  {"protocol", "HTTP/1.1"},
                                  {"status", 200},
                                  {"bytes", 5120},
                                  {"referer", "http://a.test/"},
                                  {"user_agent", "curl/8"},
                                  {"duration", 1.234567},
                                  {"queue_time", 0.0015},
                                  {"application_time", 1.2},
                                  {"gil_wait", 0.1},
                                  {"cpu", 0.25},
                                  {"run_queue", 0.0},
                                  {"other", 0.849999},
                                  {"write", 0.000002},
                                  {"pid", 42}}));
}

TEST_F(AccessLogTest, json_may_be_asked_for_by_the_format) {
  EXPECT_EQ(nlohmann::json::parse(Line("json"))["status"], 200);
}

TEST_F(AccessLogTest, json_shows_absence_as_null_and_any_byte_as_text) {
  record_.worker_pid = 0;
  record_.remote_address = "-";
  request_fields_ = {{"User-Agent", "\xFF\"\n"}};
  const auto line = nlohmann::json::parse(Line("", true));
  EXPECT_TRUE(line["pid"].is_null());
  EXPECT_TRUE(line["remote_address"].is_null());
  EXPECT_TRUE(line["referer"].is_null());
  EXPECT_EQ(line["user_agent"], "\xC3\xBF\"\n");
}

}  // namespace
}  // namespace monoceros::router
