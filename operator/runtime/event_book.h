// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/object.h"
#include "runtime/event_recorder.h"

namespace monoceros::runtime {

// The pure part of EventRecorder: which events are written when. An event is created; said again
// within six minutes it becomes a series, written at its second time, then once a minute at most,
// and when it ends. Bounded: 1024 events and 4096 objects are remembered.
class EventBook {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  // What is to be sent.
  struct Write {
    enum class Kind { kCreate, kMerge };
    Kind kind = Kind::kCreate;
    kube::Key key;    // of the event
    kube::Json body;  // the whole event, or a merge patch of its series
  };

  // `instance` is the reportingInstance, at most 128 bytes of it.
  explicit EventBook(const std::string& instance);

  // Nothing when it need not or, by the limit of its object, must not be written.
  std::optional<Write> Record(const kube::Json& regarding, const EventText& text, TimePoint now);
  // Ends series that were silent for six minutes, and forgets objects that may say all again. To
  // be called about once a minute.
  std::vector<Write> Expire(TimePoint now);
  // Counts that were not written yet.
  std::vector<Write> Pending();

  bool empty() const { return series_.empty() && full_at_.empty(); }
  // Events and objects.
  size_t remembered() const { return series_.size() + full_at_.size(); }
  size_t dropped() const { return dropped_; }

 private:
  struct Series {
    kube::Key key;
    int64_t count = 1;
    TimePoint last;
    TimePoint written;
    bool pending = false;
  };

  bool Admit(const std::string& object, TimePoint now);
  std::optional<Write> Again(Series& series, TimePoint now);
  static Write WriteOf(Series& series);
  kube::Json EventOf(const kube::Json& regarding, const EventText& text, const kube::Key& key,
                     TimePoint now) const;

  std::string instance_;
  std::map<std::string, Series> series_;
  std::map<std::string, TimePoint> full_at_;  // when an object's bucket of tokens is full again
  size_t dropped_ = 0;
  uint64_t serial_ = 0;
};

}  // namespace monoceros::runtime
