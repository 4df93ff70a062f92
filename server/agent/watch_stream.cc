// SPDX-License-Identifier: Apache-2.0
#include "agent/watch_stream.h"

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <mutex>
#include <utility>

#include "agent/control_service.h"
#include "agent/proto_time.h"
#include "agent/status_builder.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::agent {
namespace {

using control::v1::Status;
using Reactor = grpc::ServerWriteReactor<Status>;

constexpr double kShortest = 0.1;  // seconds
constexpr double kLongest = 60;

class Refused final : public Reactor {
 public:
  explicit Refused(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// Ends when the client goes; is deleted when both gRPC and the alarm have let go of it.
class WatchStream final : public Reactor {
 public:
  WatchStream(ControlParts& parts, double interval, bool detail)
      : parts_(parts), interval_(interval), detail_(detail) {
    const std::lock_guard lock(mutex_);
    Next();
  }
  ~WatchStream() override { --parts_.open_streams; }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) return End();
    if (has_next_) Write();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    End();
  }

  void OnDone() override { Release(done_); }

 private:
  void OnAlarm() {
    {
      const std::lock_guard lock(mutex_);
      if (!ended_) return Next();
    }
    Release(alarm_over_);
  }

  // One more status; replaces one that still waits.
  void Next() {
    next_.Clear();
    Fill(next_);
    has_next_ = true;
    if (!writing_) Write();
    const auto pause = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::duration<double>(interval_));
    alarm_.Set(std::chrono::system_clock::now() + pause, [this](bool) { OnAlarm(); });
  }

  void Fill(Status& status) {
    const auto sample = parts_.pool.Sample();
    if (!sample) {
      SetTime(WallClockNow(), *status.mutable_at());
      status.set_state("unavailable");
      status.add_reasons(sample.error().message);
      last_.reset();
      return;
    }
    const bool follows =
        last_ && last_->header.master_started_at == sample->now->header.master_started_at;
    BuildStatus({.now = *sample->now,
                 .before = follows ? *last_ : *sample->second_ago,
                 .window = *sample->window,
                 .wall_clock = WallClockNow(),
                 .detail = detail_,
                 .quantiles_since_before = true},
                status);
    last_ = sample->now;
  }

  void Write() {
    writing_ = true;
    has_next_ = false;
    std::swap(current_, next_);
    StartWrite(&current_);
  }

  void End() {
    if (std::exchange(ended_, true)) return;
    alarm_.Cancel();
    Finish(grpc::Status::CANCELLED);
  }

  // The last of the two that let go deletes.
  void Release(bool& mine) {
    bool last;
    {
      const std::lock_guard lock(mutex_);
      mine = true;
      last = done_ && alarm_over_;
    }
    if (last) delete this;
  }

  ControlParts& parts_;
  const double interval_;
  const bool detail_;
  std::mutex mutex_;
  grpc::Alarm alarm_;
  SnapshotPointer last_;
  Status current_;  // being written
  Status next_;
  bool has_next_ = false;
  bool writing_ = false;
  bool ended_ = false;
  bool done_ = false;
  bool alarm_over_ = false;
};

}  // namespace

Reactor* RefuseWatch(const grpc::Status& status) { return new Refused(status); }

Reactor* StartWatch(ControlParts& parts, const control::v1::WatchStatusRequest& request) {
  const double interval = request.has_interval() ? TimeInSeconds(request.interval()) : 1.0;
  const bool allowed = interval >= kShortest && interval <= kLongest;
  if (!allowed) {
    return RefuseWatch({grpc::StatusCode::INVALID_ARGUMENT, "interval: from 100 ms to 60 s"});
  }
  if (++parts.open_streams > kMaxWatchStreams) {
    --parts.open_streams;
    return RefuseWatch({grpc::StatusCode::RESOURCE_EXHAUSTED,
                        "too many clients watch this server; try again later"});
  }
  return new WatchStream(parts, interval, request.detail());
}

}  // namespace monoceros::agent
