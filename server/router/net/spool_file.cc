// SPDX-License-Identifier: Apache-2.0
#include "router/net/spool_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/syscall.h"

namespace monoceros::router {
namespace {

// Space is given back in steps, so that a slow reader does not cost a system call per packet.
constexpr uint64_t kPunchStep = 1 << 20;

// O_TMPFILE is not known to every file system; a named file that is unlinked at once is.
base::Fd OpenUnlinked(const std::string& directory) {
  base::Fd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  std::string name = directory + "/monoceros-spool-XXXXXX";
  base::Fd named(::mkostemp(name.data(), O_CLOEXEC));
  if (named) ::unlink(name.c_str());
  return named;
}

base::Result<void> WriteAll(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const auto write = [&] {
      return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    };
    const ssize_t count = base::RetryOnEintr(write);
    if (count <= 0) return base::Fail(std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return {};
}

}  // namespace

base::Result<void> SpoolFile::Append(const std::string& directory, std::string_view bytes) {
  if (!file_) {
    file_ = OpenUnlinked(directory);
    if (!file_) {
      return base::Fail(fmt::format("cannot create a spool file in {}: {} (see tmp_upload_dir)",
                                    directory, std::strerror(errno)));
    }
  }
  if (auto written = WriteAll(file_.get(), bytes, end_); !written) {
    return base::Fail(fmt::format("cannot write to a spool file in {}: {} (see tmp_upload_dir)",
                                  directory, written.error().message));
  }
  end_ += bytes.size();
  budget_.Add(bytes.size());
  return {};
}

void SpoolFile::DropFront(uint64_t bytes) {
  begin_ += bytes;
  budget_.Remove(bytes);
  if (begin_ - punched_ >= kPunchStep) PunchDropped();
}

void SpoolFile::PunchDropped() {
  // Best effort: a file system without holes only keeps the space until the file is closed.
  ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(punched_),
              static_cast<off_t>(begin_ - punched_));
  punched_ = begin_;
}

void SpoolFile::Close() {
  budget_.Remove(end_ - begin_);
  begin_ = end_ = punched_ = 0;
  file_.Close();
}

}  // namespace monoceros::router
