// SPDX-License-Identifier: Apache-2.0
// The parser gives the same outcome however its input arrives, reads nothing but its input, and
// reports nothing that breaks a limit or could be read in two ways.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

#include "conformance/parse_run.h"
#include "fuzz/require.h"
#include "router/http/refusal.h"

namespace {

using monoceros::fuzz::Require;
using monoceros::router::http::kLlhttpDisagrees;
using monoceros::router::http::Limits;
using monoceros::router::http::NamedValues;
using monoceros::router::http::ParseRun;
using monoceros::router::http::ReportedRequest;
using monoceros::router::http::RunInOnePiece;
using monoceros::router::http::RunParser;

constexpr size_t kLongestByteByByte = 2048;

constexpr Limits kTight{.request_line = 48, .fields = 4, .field_size = 40, .max_body = 16};

bool IsClean(std::string_view text) {
  using namespace std::string_view_literals;
  return text.find_first_of("\r\n\0"sv) == std::string_view::npos;
}

void CheckFields(const NamedValues& fields, const Limits& limits) {
  Require(fields.size() <= limits.fields, "no more fields than allowed");
  for (const auto& [name, value] : fields) {
    Require(!name.empty() && IsClean(name) && IsClean(value), "fields are clean");
    Require(name.find_first_of(" \t:_") == std::string::npos, "names are unambiguous");
  }
}

void CheckRequest(const ReportedRequest& request, const Limits& limits) {
  const uint64_t most = limits.max_body == 0 ? INT64_MAX : limits.max_body;
  const bool absolute = !request.target.starts_with('/') && request.target != "*";
  Require(request.method.size() + request.target.size() + 10 <= limits.request_line,
          "no longer request line than allowed");
  CheckFields(request.fields, limits);
  CheckFields(request.trailers, limits);
  for (const auto& [name, value] : request.fields) {
    // An absolute target lends its authority to Host.
    Require(absolute || name.size() + value.size() + 3 <= limits.field_size,
            "no longer field than allowed");
  }
  Require(request.path.starts_with('/') || request.path == "*", "a path is a path");
  Require(request.body.size() <= most, "no longer body than allowed");
  Require(request.content_length.value_or(0) <= most, "no longer length than allowed");
  Require(!(request.chunked && request.content_length), "one framing");
  Require(!request.complete || request.chunked ||
              request.body.size() == request.content_length.value_or(0),
          "a body as long as it says");
}

void CheckRun(const ParseRun& run, const Limits& limits) {
  Require(run.violations.empty(), "the contract of Parse holds");
  Require(run.reason != kLlhttpDisagrees, "the policy alone decides");
  const auto statuses = {0, 400, 413, 414, 417, 431, 501, 505};
  Require(std::ranges::find(statuses, run.status) != statuses.end(), "a status of the contract");
  for (const ReportedRequest& request : run.requests) CheckRequest(request, limits);
}

void CheckInput(const Limits& limits, std::string_view bytes) {
  const ParseRun whole = RunInOnePiece(limits, bytes);
  CheckRun(whole, limits);
  std::minstd_rand random(static_cast<unsigned>(bytes.size()));
  const auto random_piece = [&](size_t) { return random() % 61 + 1; };
  Require(RunParser(limits, bytes, random_piece) == whole, "random pieces, same outcome");
  if (bytes.size() > kLongestByteByByte) return;
  Require(RunParser(limits, bytes, [](size_t) { return 1; }) == whole, "bytes, same outcome");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckInput(Limits{}, bytes);
  CheckInput(kTight, bytes);
  return 0;
}
