// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstdint>
#include <optional>

#include "worker/wsgi/types.h"

namespace monoceros::wsgi {

// A range of a regular file: from where the application left its position to the end.
struct FileRange {
  int fd;  // the application's
  uint64_t offset;
  uint64_t length;
};

// What a wsgi.file_wrapper object stands for, when sendfile can send it: an io.FileIO, or a buffer
// over one, possibly inside wrappers with a `file` attribute (tempfile, Django). Nothing for
// anything else, notably for compressed files, whose fileno() is that of the compressed bytes.
// Never leaves an exception pending. Needs the GIL.
std::optional<FileRange> FindRange(PyObject* file_wrapper);

}  // namespace monoceros::wsgi
