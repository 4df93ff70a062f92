// SPDX-License-Identifier: Apache-2.0
#include "agent/token_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "base/fd.h"
#include "base/syscall.h"

namespace monoceros::agent {
namespace {

using base::Fail;

constexpr size_t kMaxTokenBytes = 4096;

int64_t ChangedAt(const struct stat& status) {
  return status.st_mtim.tv_sec * base::kNanosecondsPerSecond + status.st_mtim.tv_nsec;
}

base::Result<std::string> ReadToken(int fd) {
  std::string text(kMaxTokenBytes + 1, '\0');
  const ssize_t length = base::RetryOnEintr([&] { return ::read(fd, text.data(), text.size()); });
  if (length < 0) return Fail(std::strerror(errno));
  if (static_cast<size_t>(length) > kMaxTokenBytes) {
    return Fail(fmt::format("a token has at most {} bytes", kMaxTokenBytes));
  }
  text.resize(static_cast<size_t>(length));
  text.resize(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) return Fail("it holds no token");
  return text;
}

}  // namespace

base::Result<TokenFile> TokenFile::Open(const std::string& path) {
  TokenFile file(path);
  if (const auto read = file.Follow(); !read) {
    return Fail(fmt::format("{}: {}", path, read.error().message));
  }
  return file;
}

base::Result<void> TokenFile::Follow() {
  struct stat status{};
  if (::stat(path_.c_str(), &status) != 0) {
    digest_.reset();
    stamp_.reset();
    return Fail(std::strerror(errno));
  }
  const Stamp stamp{status.st_dev, status.st_ino, status.st_size, ChangedAt(status)};
  if (stamp_ == stamp) return {};
  digest_.reset();
  stamp_.reset();
  const base::Fd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return Fail(std::strerror(errno));
  const auto token = ReadToken(fd.get());
  if (!token) return tl::make_unexpected(token.error());
  stamp_ = stamp;
  digest_ = DigestOf(*token);
  return {};
}

bool TokenFile::Matches(std::string_view token) {
  const Digest given = DigestOf(token);
  const std::lock_guard lock(mutex_);
  return Follow() && CRYPTO_memcmp(given.data(), digest_->data(), given.size()) == 0;
}

TokenFile::Digest TokenFile::DigestOf(std::string_view text) {
  Digest digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

}  // namespace monoceros::agent
