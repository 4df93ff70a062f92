// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace monoceros::master {

// The directory that holds the Python package `monoceros` of this very build or installation, found
// from the path of the running program: PREFIX/bin/monoceros beside PREFIX/python, or
// SITE-PACKAGES/monoceros/bin/monoceros. `program` is the program's own path.
base::Result<std::string> FindPackageRoot(const std::string& program);

// The path of the program that runs (/proc/self/exe). Throws base::SystemError.
std::string OwnProgram();

// The path of another program of this installation, which lies beside this one; empty when it is
// not there.
std::string FindBeside(const std::string& name);

// The application's interpreter: `configured` when not empty (a name without a slash is looked up
// on `path`), else VIRTUAL_ENV's, else python3 on `path`. The error says where it looked.
base::Result<std::string> FindPython(const std::string& configured,
                                     const std::string& virtual_environment,
                                     const std::string& path);

}  // namespace monoceros::master
