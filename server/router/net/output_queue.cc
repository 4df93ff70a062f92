// SPDX-License-Identifier: Apache-2.0
#include "router/net/output_queue.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/syscall.h"

namespace monoceros::router {
namespace {

// A response keeps this much in memory before it moves to a file; about one socket buffer.
constexpr uint64_t kMemoryShare = 256 * 1024;
// A memory segment grows up to this size, so that a trickle does not make a segment per item.
constexpr size_t kSegmentBytes = 64 * 1024;
constexpr size_t kSendfileStep = 256 * 1024;
// A client that takes as fast as we send lets others have their turn after so many segments.
constexpr int kStepsPerCall = 8;
constexpr size_t kSpoolStep = 64 * 1024;

uint64_t TotalBytes(std::span<const iovec> parts) {
  uint64_t total = 0;
  for (const iovec& part : parts) total += part.iov_len;
  return total;
}

ssize_t SendParts(int socket, std::span<iovec> parts) {
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = std::min<size_t>(parts.size(), 1024);
  return base::RetryOnEintr([&] { return ::sendmsg(socket, &header, MSG_NOSIGNAL); });
}

// Drops the first `bytes` bytes of the parts.
std::span<iovec> Advance(std::span<iovec> parts, size_t bytes) {
  while (!parts.empty() && bytes >= parts.front().iov_len) {
    bytes -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (bytes > 0) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + bytes;
    parts.front().iov_len -= bytes;
  }
  return parts;
}

}  // namespace

OutputQueue::OutputQueue(Budgets& budgets, const std::string& directory)
    : budgets_(budgets), directory_(directory) {}

OutputQueue::~OutputQueue() { DropPending(); }

SendStatus OutputQueue::Write(int socket, std::span<iovec> parts) {
  while (empty() && !parts.empty()) {
    const uint64_t wanted = TotalBytes(parts.first(std::min<size_t>(parts.size(), 1024)));
    const ssize_t sent = SendParts(socket, parts);
    if (sent < 0 && errno != EAGAIN) return SendStatus::kBroken;
    if (sent > 0) sent_bytes_ += static_cast<uint64_t>(sent);
    parts = Advance(parts, sent > 0 ? static_cast<size_t>(sent) : 0);
    if (sent < 0 || static_cast<uint64_t>(sent) < wanted) break;
  }
  for (const iovec& part : parts) {
    if (!Keep({static_cast<const char*>(part.iov_base), part.iov_len})) return SendStatus::kBroken;
  }
  return empty() ? SendStatus::kSent : SendStatus::kPending;
}

SendStatus OutputQueue::WriteFile(int socket, base::Fd file, uint64_t offset, uint64_t length) {
  if (length == 0) return empty() ? SendStatus::kSent : SendStatus::kPending;
  const bool first = empty();
  Segment segment{Segment::Kind::kFile, {}, std::move(file), offset, length};
  EnsurePending().segments.push_back(std::move(segment));
  return first ? Drain(socket) : SendStatus::kPending;
}

SendStatus OutputQueue::Drain(int socket) {
  for (int steps = 0; pending_ && !pending_->segments.empty(); ++steps) {
    if (steps == kStepsPerCall) return SendStatus::kMore;
    Segment& segment = pending_->segments.front();
    const ssize_t sent = SendSegment(socket, segment);
    if (sent < 0) return errno == EAGAIN ? SendStatus::kPending : SendStatus::kBroken;
    if (sent == 0) {
      failure_ = "a file became shorter while it was sent";
      return SendStatus::kBroken;
    }
    FinishBytes(segment, static_cast<uint64_t>(sent));
  }
  DropPending();
  return SendStatus::kSent;
}

bool OutputQueue::HasRoom() const {
  if (!pending_) return true;
  const bool spooling = pending_->spool.begin() != pending_->spool.end();
  if (!spooling && pending_->memory_bytes < budgets_.MemoryShare(kMemoryShare)) return true;
  return !budgets_.spool.Full();
}

OutputQueue::Pending& OutputQueue::EnsurePending() {
  if (!pending_) pending_ = std::make_unique<Pending>(budgets_.spool);
  return *pending_;
}

bool OutputQueue::Keep(std::string_view bytes) {
  if (bytes.empty()) return true;
  Pending& pending = EnsurePending();
  // After the first spooled byte everything follows it into the file, to keep the order simple.
  const bool fits = pending.memory_bytes + bytes.size() <= budgets_.MemoryShare(kMemoryShare);
  if (pending.spool.begin() == pending.spool.end() && fits) {
    KeepInMemory(bytes);
    return true;
  }
  return KeepInSpool(bytes);
}

void OutputQueue::KeepInMemory(std::string_view bytes) {
  auto& segments = pending_->segments;
  const bool joins = !segments.empty() && segments.back().kind == Segment::Kind::kMemory &&
                     segments.back().memory.size() + bytes.size() <= kSegmentBytes;
  if (!joins) segments.push_back({Segment::Kind::kMemory, {}, {}, 0, 0});
  segments.back().memory.append(bytes);
  segments.back().left += bytes.size();
  pending_->memory_bytes += bytes.size();
  budgets_.memory.Add(bytes.size());
}

bool OutputQueue::KeepInSpool(std::string_view bytes) {
  if (auto kept = pending_->spool.Append(directory_, bytes); !kept) {
    failure_ = kept.error().message;
    return false;
  }
  auto& segments = pending_->segments;
  if (segments.empty() || segments.back().kind != Segment::Kind::kSpool) {
    segments.push_back({Segment::Kind::kSpool, {}, {}, 0, 0});
  }
  segments.back().left += bytes.size();
  return true;
}

ssize_t OutputQueue::SendSegment(int socket, Segment& segment) {
  if (segment.kind == Segment::Kind::kMemory) {
    const char* bytes = segment.memory.data() + segment.offset;
    return base::RetryOnEintr([&] { return ::send(socket, bytes, segment.left, MSG_NOSIGNAL); });
  }
  if (segment.kind == Segment::Kind::kSpool) return SendSpooled(socket, segment.left);
  auto offset = static_cast<off_t>(segment.offset);
  const size_t step = std::min<uint64_t>(segment.left, kSendfileStep);
  return base::RetryOnEintr([&] { return ::sendfile(socket, segment.file.get(), &offset, step); });
}

// Copies, because sendfile would lend the file's pages to the socket, and on this machine to the
// receiver: giving their disk space back (a hole) would overwrite with zeros what is under way.
ssize_t OutputQueue::SendSpooled(int socket, uint64_t left) {
  std::array<char, kSpoolStep> bytes;
  const size_t step = std::min<uint64_t>(left, bytes.size());
  const auto offset = static_cast<off_t>(pending_->spool.begin());
  const int file = pending_->spool.fd();
  const ssize_t count =
      base::RetryOnEintr([&] { return ::pread(file, bytes.data(), step, offset); });
  if (count <= 0) return count;
  return base::RetryOnEintr(
      [&] { return ::send(socket, bytes.data(), static_cast<size_t>(count), MSG_NOSIGNAL); });
}

void OutputQueue::FinishBytes(Segment& segment, uint64_t bytes) {
  sent_bytes_ += bytes;
  segment.offset += bytes;
  segment.left -= bytes;
  if (segment.kind == Segment::Kind::kMemory) {
    pending_->memory_bytes -= bytes;
    budgets_.memory.Remove(bytes);
  } else if (segment.kind == Segment::Kind::kSpool) {
    pending_->spool.DropFront(bytes);
  }
  if (segment.left == 0) pending_->segments.pop_front();
}

void OutputQueue::DropPending() {
  if (!pending_) return;
  budgets_.memory.Remove(pending_->memory_bytes);
  pending_.reset();
}

}  // namespace monoceros::router
