// SPDX-License-Identifier: Apache-2.0
#include "router/http/request_line.h"

#include <algorithm>

#include "router/http/authority.h"
#include "router/http/characters.h"

namespace monoceros::router::http {
namespace {

constexpr size_t kShortestMethod = 3;
constexpr size_t kLongestMethod = 20;

Refusal CheckMethod(std::string_view method) {
  if (method.size() < kShortestMethod || method.size() > kLongestMethod) {
    return Bad("method of an unusual length");
  }
  if (!AllIn(kConventional, method)) return Bad("invalid character in method");
  if (method == "CONNECT") return {501, "CONNECT is not supported"};
  return kAccepted;
}

Refusal ParseVersion(std::string_view version, uint8_t& minor) {
  if (version.size() != 8 || !version.starts_with("HTTP/") || !In(kDigit, version[5]) ||
      version[6] != '.' || !In(kDigit, version[7])) {
    return Bad("malformed HTTP version");
  }
  if (version[5] != '1' || version[7] > '1') return {505, "HTTP version not supported"};
  minor = static_cast<uint8_t>(version[7] - '0');
  return kAccepted;
}

// `start` is where path and query begin in the target.
void SplitPath(std::string_view target, size_t start, uint32_t offset, ParsedHead& head) {
  const size_t question = std::min(target.find('?', start), target.size());
  head.path_offset = offset + static_cast<uint32_t>(start);
  head.path_length = static_cast<uint32_t>(question - start);
  const size_t query = std::min(question + 1, target.size());
  head.query_offset = offset + static_cast<uint32_t>(query);
  head.query_length = static_cast<uint32_t>(target.size() - query);
}

size_t SchemeLength(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (EqualsIgnoringCase(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

Refusal ParseAbsoluteTarget(std::string_view target, uint32_t offset, ParsedHead& head,
                            AuthoritySpan& authority) {
  const size_t start = SchemeLength(target);
  if (start == 0) return Bad("target is neither a path nor an http URI");
  const size_t end = std::min(target.find_first_of("/?", start), target.size());
  if (!IsAuthority(target.substr(start, end - start))) return Bad("invalid authority in target");
  authority = {offset + static_cast<uint32_t>(start), static_cast<uint32_t>(end - start)};
  SplitPath(target, end, offset, head);
  if (head.path_length == 0) {
    // An empty path is "/" (RFC 9110 section 4.2.3); the scheme's last slash lends its place.
    head.path_offset = offset + static_cast<uint32_t>(start - 1);
    head.path_length = 1;
  }
  return kAccepted;
}

Refusal ParseTarget(std::string_view target, std::string_view method, uint32_t offset,
                    ParsedHead& head, AuthoritySpan& authority) {
  if (target.empty()) return Bad("empty target");
  if (!AllIn(kVisible, target)) return Bad("invalid character in target");
  if (target.find('#') != std::string_view::npos) return Bad("fragment in target");
  head.target_offset = offset;
  head.target_length = static_cast<uint32_t>(target.size());
  if (target == "*" && method != "OPTIONS") return Bad("target * is for OPTIONS only");
  if (target.front() != '/' && target != "*") {
    return ParseAbsoluteTarget(target, offset, head, authority);
  }
  SplitPath(target, 0, offset, head);
  return kAccepted;
}

}  // namespace

Refusal ParseRequestLine(std::string_view line, uint32_t offset, ParsedHead& head,
                         AuthoritySpan& authority) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == last) return Bad("malformed request line");
  const std::string_view method = line.substr(0, first);
  head.method_offset = offset;
  head.method_length = static_cast<uint32_t>(first);
  if (auto refusal = ParseVersion(line.substr(last + 1), head.version_minor)) return refusal;
  if (auto refusal = CheckMethod(method)) return refusal;
  return ParseTarget(line.substr(first + 1, last - first - 1), method,
                     offset + static_cast<uint32_t>(first) + 1, head, authority);
}

}  // namespace monoceros::router::http
