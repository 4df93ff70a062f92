// SPDX-License-Identifier: Apache-2.0
#include "config/text_rules.h"

#include <fmt/core.h>

#include <system_error>

#include "base/log.h"
#include "config/bind_address.h"
#include "config/units.h"
#include "config/worker_class.h"

namespace monoceros::config {

using base::Fail;
using base::Result;

Result<std::string> ResolveClass(const std::string& text, const Environment&) {
  return ResolveWorkerClass(text);
}

Result<std::string> ResolveLogLevel(const std::string& text, const Environment&) {
  if (!base::ParseLogLevel(text)) return Fail("debug, info, warning, error or critical");
  return ToLower(text);
}

Result<std::string> ResolveTimeoutAction(const std::string& text, const Environment&) {
  if (text != "replace" && text != "interrupt") return Fail("replace or interrupt");
  return text;
}

Result<std::string> ResolveAccounting(const std::string& text, const Environment&) {
  if (text != "full" && text != "wall") return Fail("full or wall");
  return text;
}

Result<std::string> ResolveAsgiLoop(const std::string& text, const Environment&) {
  if (text != "auto" && text != "asyncio" && text != "uvloop")
    return Fail("auto, asyncio or uvloop");
  return text;
}

Result<std::string> ResolveAsgiLifespan(const std::string& text, const Environment&) {
  if (text != "auto" && text != "on" && text != "off") return Fail("auto, on or off");
  return text;
}

Result<std::string> ResolveBind(const std::string& text, const Environment&) {
  if (text.empty()) return text;
  const Result<BindAddress> address = ParseBindAddress(text);
  if (!address) return Fail("HOST:PORT, [IPV6]:PORT, unix:PATH or fd://N");
  return address->ToText();
}

Result<std::string> ResolveUrlPath(const std::string& text, const Environment&) {
  const bool path = text.empty() || text[0] == '/';
  if (!path || text.find_first_of("?# \t\r\n") != std::string::npos) {
    return Fail("the path of a URL, such as /healthz");
  }
  return text;
}

Result<std::string> ResolveDirectory(const std::string& text, const Environment& environment) {
  if (text.empty()) return text;
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(environment.directory / text, error);
  if (error || !std::filesystem::is_directory(path, error)) {
    return Fail("the path of an existing directory");
  }
  return path.lexically_normal().string();
}

Result<std::string> ResolveApplication(const std::string& text, const Environment&) {
  const bool has_module = !text.empty() && text[0] != ':' && text.back() != ':';
  if (!has_module || text.find_first_of(" /\t") != std::string::npos) {
    return Fail("MODULE:CALLABLE, MODULE:FACTORY() or MODULE, as Python imports it");
  }
  return text;
}

Result<std::string> ResolveAsgiApplication(const std::string& text,
                                           const Environment& environment) {
  return text.empty() ? text : ResolveApplication(text, environment);
}

}  // namespace monoceros::config
