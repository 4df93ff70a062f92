// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "worker/wsgi/file_wrapper.h"

namespace monoceros::wsgi {
namespace {

constexpr int kMaxWrappers = 3;

python::Ref Attribute(const python::Ref& object, const char* name) {
  return python::Ref::Steal(PyObject_GetAttrString(object.get(), name));
}

bool IsInstance(const python::Ref& object, const python::Ref& io, const char* type_name) {
  const python::Ref type = Attribute(io, type_name);
  return type && PyObject_IsInstance(object.get(), type.get()) > 0;
}

bool IsRawFile(const python::Ref& file, const python::Ref& io) {
  if (IsInstance(file, io, "FileIO")) return true;
  if (!IsInstance(file, io, "BufferedReader") && !IsInstance(file, io, "BufferedRandom")) {
    return false;
  }
  const python::Ref raw = Attribute(file, "raw");
  return raw && IsInstance(raw, io, "FileIO");
}

// The innermost file, or none.
python::Ref Unwrap(python::Ref file) {
  const python::Ref io = python::Ref::Steal(PyImport_ImportModule("io"));
  for (int depth = 0; io && file && depth <= kMaxWrappers; ++depth) {
    if (IsRawFile(file, io)) return file;
    file = Attribute(file, "file");
  }
  return {};
}

std::optional<uint64_t> CallForNumber(const python::Ref& file, const char* method) {
  const python::Ref number = python::Ref::Steal(PyObject_CallMethod(file.get(), method, nullptr));
  const long long value = number ? PyLong_AsLongLong(number.get()) : -1;
  if (value < 0) return std::nullopt;
  return static_cast<uint64_t>(value);
}

std::optional<FileRange> RangeOf(const python::Ref& file) {
  // tell() knows of what a buffer has read ahead; the descriptor's own position does not.
  const std::optional<uint64_t> fd = CallForNumber(file, "fileno");
  const std::optional<uint64_t> position = fd ? CallForNumber(file, "tell") : std::nullopt;
  struct stat status;
  if (!position || ::fstat(static_cast<int>(*fd), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  const auto size = static_cast<uint64_t>(status.st_size);
  return FileRange{static_cast<int>(*fd), *position, size > *position ? size - *position : 0};
}

}  // namespace

std::optional<FileRange> FindRange(PyObject* file_wrapper) {
  const python::Ref wrapper = python::Ref::Borrow(file_wrapper);
  const python::Ref file = Unwrap(Attribute(wrapper, "filelike"));
  std::optional<FileRange> range = file ? RangeOf(file) : std::nullopt;
  PyErr_Clear();
  return range;
}

}  // namespace monoceros::wsgi
