// SPDX-License-Identifier: Apache-2.0
#include "router/log/access_log.h"

#include <utility>

#include "router/log/atoms.h"
#include "router/log/format.h"
#include "router/log/json_line.h"

namespace monoceros::router {

class AccessLog::Impl {
 public:
  // Without segments the lines are JSON.
  Impl(std::vector<Segment> segments, bool json, base::LogSink& sink)
      : segments_(std::move(segments)),
        json_(json),
        time_(json ? "%Y-%m-%dT%H:%M:%SZ" : "[%d/%b/%Y:%H:%M:%S %z]", json),
        sink_(sink) {}

  void Write(const AccessRecord& record) {
    line_.clear();
    if (json_) AppendJsonLine(record, time_.Text(), line_);
    for (const Segment& segment : segments_) {
      segment.append(segment.argument, record, time_, line_);
    }
    line_ += '\n';
    sink_.Write(line_);
  }

 private:
  const std::vector<Segment> segments_;
  const bool json_;
  LineTime time_;
  base::LogSink& sink_;
  std::string line_;  // reused, so that a line costs no allocation
};

AccessLog::AccessLog() = default;
AccessLog::~AccessLog() = default;

base::Result<std::unique_ptr<AccessLog>> AccessLog::Create(const std::string& format, bool json,
                                                           base::LogSink& sink) {
  json = json || format == "json";
  base::Result<std::vector<Segment>> segments = CompileFormat(json ? "" : format);
  if (!segments) return tl::make_unexpected(segments.error());
  std::unique_ptr<AccessLog> log(new AccessLog());
  log->impl_ = std::make_unique<Impl>(std::move(*segments), json, sink);
  return log;
}

void AccessLog::Write(const AccessRecord& record) { impl_->Write(record); }

}  // namespace monoceros::router
