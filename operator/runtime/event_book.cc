// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/micro_time.h"

namespace monoceros::runtime {
namespace {

using kube::Json;
using std::chrono::minutes;
using TimePoint = EventBook::TimePoint;

constexpr minutes kSeriesEnd{6};
constexpr minutes kSeriesWrite{1};
constexpr int kBurst = 25;
constexpr minutes kPerToken{5};
constexpr size_t kMaxSeries = 1024;
constexpr size_t kMaxObjects = 4096;
constexpr size_t kMaxNote = 1024;
constexpr size_t kMaxInstance = 128;
constexpr size_t kMaxName = 230;  // of 253, with the suffix

// The limits of the API count bytes; what is no UTF-8, a cut character too, cannot be sent.
std::string Clean(const std::string& text, size_t limit) {
  const std::string cut = text.substr(0, limit);
  const std::string quoted = Json(cut).dump(-1, ' ', false, Json::error_handler_t::ignore);
  return Json::parse(quoted).get<std::string>();
}

const char* TypeName(EventText::Type type) {
  return type == EventText::Type::kNormal ? "Normal" : "Warning";
}

std::string ObjectOf(const Json& regarding) {
  const kube::Key key = kube::KeyOf(regarding);
  return fmt::format("{}\n{}\n{}\n{}", kube::TextAt(regarding, "/kind"), key.ns, key.name,
                     kube::UidOf(regarding));
}

// Forgets the entry that is of the least use.
template <typename Map, typename Rank>
void Limit(Map& map, size_t most, Rank rank) {
  if (map.size() < most) return;
  map.erase(std::min_element(map.begin(), map.end(), [rank](const auto& a, const auto& b) {
    return rank(a.second) < rank(b.second);
  }));
}

}  // namespace

EventBook::EventBook(const std::string& instance) : instance_(Clean(instance, kMaxInstance)) {}

std::optional<EventBook::Write> EventBook::Record(const Json& regarding, const EventText& text,
                                                  TimePoint now) {
  const std::string object = ObjectOf(regarding);
  const std::string same = fmt::format("{}\n{}\n{}\n{}\n{}", object, TypeName(text.type),
                                       text.reason, text.action, text.note);
  const auto found = series_.find(same);
  if (found != series_.end() && now - found->second.last < kSeriesEnd) {
    return Again(found->second, now);
  }
  if (!Admit(object, now)) {
    ++dropped_;
    return std::nullopt;
  }
  Limit(series_, kMaxSeries, [](const Series& series) { return series.last; });
  const kube::Key of = kube::KeyOf(regarding);
  const kube::Key key{of.ns.empty() ? "default" : of.ns,
                      fmt::format("{}.{:x}{:03x}", of.name.substr(0, kMaxName),
                                  now.time_since_epoch().count(), serial_++ % 0x1000)};
  series_[same] = Series{.key = key, .last = now, .written = now};
  return Write{Write::Kind::kCreate, key, EventOf(regarding, text, key, now)};
}

std::optional<EventBook::Write> EventBook::Again(Series& series, TimePoint now) {
  ++series.count;
  series.last = now;
  series.pending = true;
  if (series.count > 2 && now - series.written < kSeriesWrite) return std::nullopt;
  series.written = now;
  return WriteOf(series);
}

EventBook::Write EventBook::WriteOf(Series& series) {
  series.pending = false;
  return {Write::Kind::kMerge,
          series.key,
          {{"series", {{"count", series.count}, {"lastObservedTime", MicroTime(series.last)}}}}};
}

// A bucket of tokens as the time at which it is full again.
bool EventBook::Admit(const std::string& object, TimePoint now) {
  const auto found = full_at_.find(object);
  const TimePoint full = found == full_at_.end() ? now : std::max(found->second, now);
  if (full + kPerToken - now > kPerToken * kBurst) return false;
  if (found == full_at_.end()) Limit(full_at_, kMaxObjects, [](TimePoint at) { return at; });
  full_at_[object] = full + kPerToken;
  return true;
}

std::vector<EventBook::Write> EventBook::Expire(TimePoint now) {
  std::vector<Write> writes;
  for (auto at = series_.begin(); at != series_.end();) {
    Series& series = at->second;
    const bool over = now - series.last >= kSeriesEnd;
    if (series.pending && (over || now - series.written >= kSeriesWrite)) {
      series.written = now;
      writes.push_back(WriteOf(series));
    }
    at = over ? series_.erase(at) : std::next(at);
  }
  std::erase_if(full_at_, [now](const auto& entry) { return entry.second <= now; });
  return writes;
}

std::vector<EventBook::Write> EventBook::Pending() {
  std::vector<Write> writes;
  for (auto& [same, series] : series_) {
    if (series.pending) writes.push_back(WriteOf(series));
  }
  return writes;
}

Json EventBook::EventOf(const Json& regarding, const EventText& text, const kube::Key& key,
                        TimePoint now) const {
  const kube::Key of = kube::KeyOf(regarding);
  Json reference = {{"apiVersion", kube::TextAt(regarding, "/apiVersion")},
                    {"kind", kube::TextAt(regarding, "/kind")},
                    {"namespace", of.ns},
                    {"name", of.name},
                    {"uid", kube::UidOf(regarding)},
                    {"resourceVersion", kube::ResourceVersionOf(regarding)}};
  return {{"apiVersion", kube::kEvents.ApiVersion()},
          {"kind", kube::kEvents.kind},
          {"metadata", {{"namespace", key.ns}, {"name", key.name}}},
          {"eventTime", MicroTime(now)},
          {"reportingController", "monoceros.dev/operator"},
          {"reportingInstance", instance_},
          {"action", text.action},
          {"reason", text.reason},
          {"regarding", std::move(reference)},
          {"note", Clean(text.note, kMaxNote)},
          {"type", TypeName(text.type)}};
}

}  // namespace monoceros::runtime
