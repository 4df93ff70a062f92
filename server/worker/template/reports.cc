// SPDX-License-Identifier: Apache-2.0
#include "worker/template/reports.h"

#include <nlohmann/json.hpp>

namespace monoceros::worker {
namespace {

using Json = nlohmann::json;

// JSON escapes can make a text six times as long; a message holds 96 KiB.
constexpr size_t kMaxErrorBytes = 12 * 1024;

std::string Write(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The beginning of a traceback says where, its end says what.
std::string Shorten(const std::string& text) {
  if (text.size() <= kMaxErrorBytes) return text;
  const size_t half = kMaxErrorBytes / 2;
  return text.substr(0, half) + "\n  [...]\n" + text.substr(text.size() - half);
}

}  // namespace

std::string ReadyReport(bool preloaded, const std::vector<std::string>& hazards) {
  return Write({{"op", "ready"}, {"preloaded", preloaded}, {"hazards", hazards}});
}

std::string FailedReport(const std::string& error) {
  return Write({{"op", "failed"}, {"error", Shorten(error)}});
}

std::string ForkedReport(uint32_t incarnation, pid_t pid) {
  return Write({{"op", "forked"}, {"incarnation", incarnation}, {"pid", pid}});
}

std::string ForkFailedReport(uint32_t incarnation, const std::string& error) {
  return Write({{"op", "fork_failed"}, {"incarnation", incarnation}, {"error", error}});
}

}  // namespace monoceros::worker
