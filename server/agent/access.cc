// SPDX-License-Identifier: Apache-2.0
#include "agent/access.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <utility>

namespace monoceros::agent {
namespace {

using base::Fail;
using base::Result;

constexpr std::string_view kBlank = " \t";

Result<std::unique_ptr<TokenFile>> OpenToken(const std::string& path, const char* setting) {
  if (path.empty()) return nullptr;
  auto file = TokenFile::Open(path);
  if (!file) return Fail(fmt::format("{}: {}", setting, file.error().message));
  return std::make_unique<TokenFile>(std::move(*file));
}

bool Matches(const std::unique_ptr<TokenFile>& file, std::string_view token) {
  return file && !token.empty() && file->Matches(token);
}

bool Intersect(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&b](const std::string& name) {
    return std::find(b.begin(), b.end(), name) != b.end();
  });
}

}  // namespace

Result<Credentials> Credentials::Open(const config::Settings& settings) {
  auto read = OpenToken(settings.control_read_token_file, "control_read_token_file");
  if (!read) return tl::make_unexpected(read.error());
  auto change = OpenToken(settings.control_change_token_file, "control_change_token_file");
  if (!change) return tl::make_unexpected(change.error());
  return Credentials{std::move(*read), std::move(*change), SplitNames(settings.control_read_sans),
                     SplitNames(settings.control_change_sans)};
}

Decision Access::Judge(Right right, const Caller& caller) const {
  if (Open(right)) return Decision::kAllowed;
  if (Matches(credentials_.change_token, caller.token) ||
      Intersect(credentials_.change_names, caller.names)) {
    return Decision::kAllowed;
  }
  const bool reads = Matches(credentials_.read_token, caller.token) ||
                     Intersect(credentials_.read_names, caller.names);
  if (reads && right == Right::kRead) return Decision::kAllowed;
  // A certificate of the right authority is known, whatever its names are.
  return reads || !caller.names.empty() ? Decision::kDenied : Decision::kUnauthenticated;
}

bool Access::MayChangeByName(const Caller& caller) const {
  return Intersect(credentials_.change_names, caller.names);
}

bool Access::Open(Right right) const {
  const bool read_configured = credentials_.read_token || !credentials_.read_names.empty();
  switch (policy_) {
    case Policy::kLocal:
      return true;
    case Policy::kLoopback:
      return right == Right::kRead ? !read_configured : !credentials_.any();
    case Policy::kOpenRead:
      return right == Right::kRead && !read_configured;
    case Policy::kClosed:
      break;
  }
  return false;
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    name.remove_prefix(std::min(name.find_first_not_of(kBlank), name.size()));
    name = name.substr(0, name.find_last_not_of(kBlank) + 1);
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

std::string_view BearerToken(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size()) return {};
  if (::strncasecmp(header.data(), kScheme.data(), kScheme.size()) != 0) return {};
  header.remove_prefix(kScheme.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

}  // namespace monoceros::agent
