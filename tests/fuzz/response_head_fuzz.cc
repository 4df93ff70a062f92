// SPDX-License-Identifier: Apache-2.0
// Whatever an application sets, what is written is one well-formed head with one framing, or
// nothing at all.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/require.h"
#include "router/http/response_head.h"

namespace {

using monoceros::channel::ResponseHead;
using monoceros::fuzz::Require;
using monoceros::router::http::Framing;
using monoceros::router::http::ResponseContext;
using monoceros::router::http::WriteInterimHead;
using monoceros::router::http::WriteResponseHead;

constexpr std::string_view kDate = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
// Server, Date, one of framing and Connection.
constexpr size_t kMostAddedLines = 4;

struct Counts {
  size_t lines = 0, lengths = 0, codings = 0, connections = 0;
};

bool StartsWithIgnoringCase(std::string_view line, std::string_view lower) {
  if (line.size() < lower.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = line[i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower[i]) return false;
  }
  return true;
}

// Takes a head apart as the dullest client would.
Counts Dissect(std::string_view head) {
  Counts counts;
  Require(head.ends_with("\r\n\r\n"), "a head ends with an empty line");
  head.remove_suffix(2);
  while (!head.empty()) {
    const size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    using namespace std::string_view_literals;
    Require(!line.empty() && line.find_first_of("\r\n\0"sv) == line.npos, "lines are clean");
    Require(counts.lines == 0 || line.find(": ") != line.npos, "field lines have a colon");
    Require(line.front() != ' ' && line.front() != '\t', "no line continues another");
    counts.lengths += StartsWithIgnoringCase(line, "content-length:");
    counts.codings += StartsWithIgnoringCase(line, "transfer-encoding:");
    counts.connections += StartsWithIgnoringCase(line, "connection:");
    ++counts.lines;
    head.remove_prefix(end + 2);
  }
  return counts;
}

void CheckFinal(const ResponseHead& head, const ResponseContext& context) {
  std::string out;
  const auto plan = WriteResponseHead(head, context, kDate, out);
  if (!plan) return Require(out.empty(), "nothing is written of a refused head");
  const Counts counts = Dissect(out);
  Require(counts.lines <= 1 + head.fields.size() + kMostAddedLines, "no line is injected");
  Require(counts.lengths + counts.codings <= 1, "one framing");
  Require(counts.connections <= 1, "one Connection");
  Require((counts.codings == 1) == (plan->framing == Framing::kChunked), "chunked as planned");
  Require(plan->framing != Framing::kLength || counts.lengths == 1, "a length as planned");
  Require(counts.codings == 0 || context.version_minor > 0, "no coding for HTTP/1.0");
  Require(!plan->keep_alive || context.keep_alive, "closes when it must");
}

void CheckInterim(const ResponseHead& head, uint8_t version_minor) {
  std::string out;
  const auto written = WriteInterimHead(head, version_minor, out);
  if (!written || version_minor == 0) return Require(out.empty(), "nothing is written");
  const Counts counts = Dissect(out);
  Require(counts.lines <= 1 + head.fields.size(), "no line is injected");
  Require(counts.lengths + counts.codings + counts.connections == 0, "no framing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider provider(data, size);
  const ResponseContext context{
      .head_request = provider.ConsumeBool(),
      .version_minor = provider.ConsumeIntegralInRange<uint8_t>(0, 1),
      .keep_alive = provider.ConsumeBool(),
      .whole_body_length = provider.ConsumeBool() ? std::optional<uint64_t>(5) : std::nullopt,
  };
  const auto status = provider.ConsumeIntegralInRange<uint16_t>(95, 610);
  const std::string reason = provider.ConsumeRandomLengthString(20);
  std::vector<std::string> texts;
  while (provider.remaining_bytes() > 0) texts.push_back(provider.ConsumeRandomLengthString(80));
  ResponseHead head{status, reason, {}};
  for (size_t i = 0; i + 1 < texts.size(); i += 2) head.fields.push_back({texts[i], texts[i + 1]});
  CheckFinal(head, context);
  CheckInterim(head, context.version_minor);
  return 0;
}
