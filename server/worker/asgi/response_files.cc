// SPDX-License-Identifier: Apache-2.0
// The extensions that send files without reading them: path send and zero copy send.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
#include "worker/asgi/response.h"

namespace monoceros::asgi {
namespace {

// The size of a regular file; of anything else an exception is pending.
std::optional<uint64_t> SizeOf(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) < 0) {
    PyErr_SetFromErrno(PyExc_OSError);
    return std::nullopt;
  }
  if (!S_ISREG(status.st_mode)) {
    PyErr_SetString(PyExc_ValueError, "only a regular file can be sent");
    return std::nullopt;
  }
  return static_cast<uint64_t>(status.st_size);
}

}  // namespace

bool Response::SendPath(const Message& message) {
  if (!Expect(Phase::kBody, "http.response.pathsend")) return false;
  PyObject* path = nullptr;
  if (!PyUnicode_FSConverter(message.Find(Names::kPath), static_cast<void*>(&path))) return false;
  const python::Ref owned = python::Ref::Steal(path);
  const base::Fd file(::open(PyBytes_AS_STRING(path), O_RDONLY | O_CLOEXEC));
  if (!file) {
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    return false;
  }
  const std::optional<uint64_t> size = SizeOf(file.get());
  if (!size || !WriteFile(file.get(), 0, *size)) return false;
  EndBody(/*more=*/false);
  return true;
}

bool Response::SendFile(const Message& message) {
  if (!Expect(Phase::kBody, "http.response.zerocopysend")) return false;
  const int fd = PyObject_AsFileDescriptor(message.Find(Names::kFile));
  if (fd < 0) return false;
  const std::optional<uint64_t> size = SizeOf(fd);
  // Without an offset: from where the file stands.
  const std::optional<int64_t> offset =
      size ? message.Number(Names::kOffset, ::lseek(fd, 0, SEEK_CUR)) : std::nullopt;
  if (!offset) return false;
  const int64_t left = std::max<int64_t>(static_cast<int64_t>(*size) - *offset, 0);
  const std::optional<int64_t> count = message.Number(Names::kCount, left);
  if (!count) return false;
  if (*offset < 0 || *count < 0) {
    PyErr_SetString(PyExc_ValueError, "offset and count cannot be negative");
    return false;
  }
  if (!WriteFile(fd, static_cast<uint64_t>(*offset),
                 static_cast<uint64_t>(std::min(*count, left)))) {
    return false;
  }
  EndBody(message.Flag(Names::kMoreBody));
  return true;
}

bool Response::WriteFile(int fd, uint64_t offset, uint64_t length) {
  SendHead();
  length = std::min(length, room());
  if (length == 0) return true;
  bool sent;
  {
    const python::ReleaseGil released(stamps_);
    sent = exchange_.SendDescriptor(fd);
  }
  // Whoever would hear of it is gone.
  if (!sent) return true;
  const channel::FileSegment segment{offset, length};
  exchange_.Write(channel::FrameType::kFile, std::as_bytes(std::span(&segment, 1)));
  written_ += length;
  return true;
}

}  // namespace monoceros::asgi
