// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "channel/heads.h"

namespace monoceros::router {

// Everything an access-log line can say of one finished request. Views are valid during the call.
struct AccessRecord {
  std::string_view remote_address;  // "-" where there is none (Unix sockets)
  std::string_view method;
  std::string_view target;  // as sent
  std::string_view path;    // percent-encoded
  std::string_view query;
  uint8_t version_minor = 1;
  int status = 0;               // 499: the client left before it was served
  uint64_t response_bytes = 0;  // body bytes given to the client
  const std::vector<channel::Field>* request_fields = nullptr;
  const std::vector<channel::Field>* response_fields = nullptr;
  base::Nanoseconds duration = 0;          // head complete -> last byte given to the kernel
  base::Nanoseconds queue_time = 0;        // complete enough to dispatch -> taken
  base::Nanoseconds application_time = 0;  // taken -> response ended
  // How application_time divides (docs/life_of_a_request.md), and the time from the response's end
  // to its last byte; -1: not measured.
  base::Nanoseconds gil_wait = -1;
  base::Nanoseconds cpu = -1;
  base::Nanoseconds run_queue = -1;
  base::Nanoseconds other = -1;
  base::Nanoseconds write = -1;
  int worker_pid = 0;  // 0: no worker took part
};

// A compiled access-log format: Gunicorn's atoms %(h)s %(l)s %(u)s %(t)s %(r)s %(m)s %(U)s %(q)s
// %(H)s %(s)s %(B)s %(b)s %(f)s %(a)s %(T)s %(M)s %(D)s %(L)s %(p)s %({name}i)s %({name}o)s
// %({name}e)s (environment of the server), plus in seconds with six decimals %(Q)s queue time,
// %(A)s application time and its parts %(G)s GIL wait, %(C)s CPU, %(R)s run-queue wait, %(O)s other
// wait, and %(W)s write ("-" for what is not measured). Everything a client sent is escaped, so
// that one request is always one line.
class AccessLog {
 public:
  // `format` as above, or "json"/log_json for one JSON object a line. The error names the bad atom.
  static base::Result<std::unique_ptr<AccessLog>> Create(const std::string& format, bool json,
                                                         base::LogSink& sink);
  ~AccessLog();
  void Write(const AccessRecord& record);

 private:
  AccessLog();
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::router
