// SPDX-License-Identifier: Apache-2.0
#include "router/log/json_line.h"

#include <fmt/format.h>

#include <iterator>

#include "router/log/atoms.h"
#include "router/log/escape.h"

namespace monoceros::router {
namespace {

void AppendText(std::string_view key, std::string_view text, std::string& out) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  text == "-" || text.empty() ? void(out.append("null")) : AppendJsonString(text, out);
}

void AppendSeconds(std::string_view key, base::Nanoseconds duration, std::string& out) {
  const base::Nanoseconds microseconds = duration / 1000;
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}.{:06}", key, microseconds / 1'000'000,
                 microseconds % 1'000'000);
}

void AppendMeasured(std::string_view key, base::Nanoseconds duration, std::string& out) {
  if (duration >= 0) return AppendSeconds(key, duration, out);
  fmt::format_to(std::back_inserter(out), ",\"{}\":null", key);
}

}  // namespace

void AppendJsonLine(const AccessRecord& record, std::string_view time, std::string& out) {
  const auto end = [&out] { return std::back_inserter(out); };
  fmt::format_to(end(), "{{\"time\":\"{}\"", time);
  AppendText("remote_address", record.remote_address, out);
  AppendText("method", record.method, out);
  AppendText("target", record.target, out);
  fmt::format_to(end(), ",\"protocol\":\"HTTP/1.{}\",\"status\":{},\"bytes\":{}",
                 record.version_minor, record.status, record.response_bytes);
  AppendText("referer", FieldOrDash(record.request_fields, "referer"), out);
  AppendText("user_agent", FieldOrDash(record.request_fields, "user-agent"), out);
  AppendSeconds("duration", record.duration, out);
  AppendSeconds("queue_time", record.queue_time, out);
  AppendSeconds("application_time", record.application_time, out);
  AppendMeasured("gil_wait", record.gil_wait, out);
  AppendMeasured("cpu", record.cpu, out);
  AppendMeasured("run_queue", record.run_queue, out);
  AppendMeasured("other", record.other, out);
  AppendMeasured("write", record.write, out);
  if (record.worker_pid == 0) {
    out.append(",\"pid\":null}");
  } else {
    fmt::format_to(end(), ",\"pid\":{}}}", record.worker_pid);
  }
}

}  // namespace monoceros::router
