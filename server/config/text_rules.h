// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "config/environment.h"

namespace monoceros::config {

// Rules of settings that are texts (TextValue::resolve): the text to keep, or what is allowed.

base::Result<std::string> ResolveClass(const std::string& text, const Environment& environment);
base::Result<std::string> ResolveLogLevel(const std::string& text, const Environment& environment);
// "replace" or "interrupt".
base::Result<std::string> ResolveTimeoutAction(const std::string& text,
                                               const Environment& environment);
base::Result<std::string> ResolveAccounting(const std::string& text,
                                            const Environment& environment);
base::Result<std::string> ResolveAsgiLoop(const std::string& text, const Environment& environment);
base::Result<std::string> ResolveAsgiLifespan(const std::string& text,
                                              const Environment& environment);
// One address (bind_address.h), or nothing.
base::Result<std::string> ResolveBind(const std::string& text, const Environment& environment);
// A path of a URL: begins with "/", without query or white space; or nothing.
base::Result<std::string> ResolveUrlPath(const std::string& text, const Environment& environment);
// An existing directory, made absolute.
base::Result<std::string> ResolveDirectory(const std::string& text, const Environment& environment);
// "module", "module:name", "module:name.attribute" or "module:factory()".
base::Result<std::string> ResolveApplication(const std::string& text,
                                             const Environment& environment);
// The same, or nothing.
base::Result<std::string> ResolveAsgiApplication(const std::string& text,
                                                 const Environment& environment);

}  // namespace monoceros::config
