// SPDX-License-Identifier: Apache-2.0
#include "channel/taken_exchange.h"

#include <utility>

#include "channel/futex.h"
#include "channel/kill_point.h"

namespace monoceros::channel {
namespace {

// Blocks of the arena come back when other exchanges end, which rings nobody: look again.
constexpr base::Nanoseconds kStarvedWait = 2 * base::kNanosecondsPerMillisecond;
constexpr int kSocketWaitMilliseconds = 100;

}  // namespace

TakenExchange::TakenExchange(WorkerChannel& channel, uint32_t slot)
    : channel_(channel),
      slot_(slot),
      shared_(channel.mapping().slot(slot)),
      reader_(channel.mapping().request_blocks(), channel.mapping().geometry().request_window,
              shared_.request, shared_.request_acked),
      writer_(channel.responses(), channel.mapping().geometry().response_window, shared_.response,
              shared_.response_acked) {}

bool TakenExchange::Take(uint64_t sequence) {
  uint64_t expected = Tagged(sequence, kStateAssigned);
  // The router revokes by the same swap. acquire: its reset and the request are visible.
  if (!shared_.state.compare_exchange_strong(expected, Tagged(sequence, kStateTaken),
                                             std::memory_order_acq_rel)) {
    return false;
  }
  MONOCEROS_KILL_POINT(kTaken);
  taken_at_ = base::MonotonicNow();
  shared_.taken_at.store(taken_at_, std::memory_order_relaxed);
  MONOCEROS_KILL_POINT(kTakenStamped);
  sequence_ = sequence;
  request_id_ = shared_.request_id.load(std::memory_order_relaxed);
  ending_ = false;
  reader_.Begin();
  {
    const std::lock_guard lock(leftover_mutex_);
    writer_.Begin(std::exchange(leftover_, {}));
    taken_.store(true, std::memory_order_relaxed);
  }
  return true;
}

void TakenExchange::ReclaimIdle() {
  const std::lock_guard lock(leftover_mutex_);
  if (leftover_.count == 0) return;
  // A slot that the router opened again shows 0 here, which no response ends at.
  if (shared_.response_acked.load(std::memory_order_acquire) != leftover_end_) return;
  const StreamWriter::Chain chain = std::exchange(leftover_, {});
  channel_.responses().Free(chain.first, chain.count, true);
}

std::optional<Frame> TakenExchange::Read() {
  if (channel_.in_forked_child()) return std::nullopt;
  Frame frame;
  switch (reader_.Read(frame)) {
    case StreamReader::Status::kFrame:
      MONOCEROS_KILL_POINT(kRequestRead);
      return frame;
    case StreamReader::Status::kBreach:
      return Frame{FrameType::kAbort, {}};
    case StreamReader::Status::kEmpty:
      break;
  }
  return std::nullopt;
}

void TakenExchange::Consume() {
  if (channel_.in_forked_child() || !reader_.Consume()) return;
  MONOCEROS_KILL_POINT(kRequestAcked);
  // Of a request that is whole the router has nothing more to write.
  if (!reader_.ended()) channel_.TellRouter(slot_);
}

// Sleeps on the slot's word until `news()`. False when the client is gone or the channel closed.
template <typename News>
bool TakenExchange::WaitFor(News&& news, bool starved_only) {
  for (;;) {
    if (news()) return true;
    if (disconnected()) return false;
    // seq_cst: announced first, then looked again; the router does it the other way round.
    shared_.waiter.store(1, std::memory_order_seq_cst);
    MONOCEROS_KILL_POINT(kWaiting);
    if (!news() && !disconnected()) {
      const bool poll = starved_only && writer_.starved();
      FutexWait(shared_.waiter, 1, poll ? base::MonotonicNow() + kStarvedWait : -1);
    }
    shared_.waiter.store(0, std::memory_order_relaxed);
  }
}

bool TakenExchange::WaitReadable() {
  return WaitFor([this] { return reader_.HasMore(); }, false);
}

base::Fd TakenExchange::ReceiveDescriptor() {
  if (channel_.in_forked_child()) return {};
  return channel_.descriptors().Receive(Tagged(sequence_, slot_));
}

size_t TakenExchange::Write(FrameType type, std::span<const std::byte> payload) {
  if (channel_.closed()) return payload.size();
  const size_t written = writer_.Write(type, payload);
  MONOCEROS_KILL_POINT(kResponseWritten);
  return written;
}

void TakenExchange::Flush() {
  if (channel_.closed()) return;
  writer_.PushBacklog();
  if (!writer_.has_unpublished()) return;
  writer_.Publish();
  MONOCEROS_KILL_POINT(kResponsePublished);
  channel_.TellRouter(slot_);
}

bool TakenExchange::MakeRoom() {
  if (writer_.MakeRoom()) return true;
  if (writer_.starved()) channel_.reclaim_idle();
  return writer_.MakeRoom();
}

bool TakenExchange::WaitWritable() {
  if (channel_.closed()) return false;
  Flush();
  return WaitFor([this] { return MakeRoom(); }, true);
}

bool TakenExchange::SendDescriptor(int fd) {
  while (!channel_.closed()) {
    switch (channel_.descriptors().Send(Tagged(sequence_, slot_), fd)) {
      case Descriptors::SendStatus::kSent:
        return true;
      case Descriptors::SendStatus::kGone:
        return false;
      case Descriptors::SendStatus::kFull:
        channel_.descriptors().WaitSendable(kSocketWaitMilliseconds);
    }
  }
  return false;
}

bool TakenExchange::disconnected() const {
  return channel_.closed() || shared_.disconnected.load(std::memory_order_seq_cst) != 0;
}

void TakenExchange::End(FrameType last) {
  if (channel_.in_forked_child()) return;
  ending_ = true;
  writer_.Write(last, {});
  if (!channel_.blocking()) return GoOnEnding();
  while (!PushOut()) {
    shared_.waiter.store(1, std::memory_order_seq_cst);
    MONOCEROS_KILL_POINT(kWaiting);
    const base::Nanoseconds limit = writer_.starved() ? kStarvedWait : 50 * kStarvedWait;
    if (!PushOut()) FutexWait(shared_.waiter, 1, base::MonotonicNow() + limit);
    shared_.waiter.store(0, std::memory_order_relaxed);
  }
  Part();
}

void TakenExchange::GoOnEnding() {
  if (PushOut()) Part();
}

// True when all is written and only the last publication is left, or nobody is there to read.
bool TakenExchange::PushOut() {
  if (channel_.closed()) writer_.DropBacklog();
  if (writer_.PushBacklog()) return true;
  if (writer_.starved()) channel_.reclaim_idle();
  if (writer_.PushBacklog()) return true;
  Flush();
  return false;
}

// With the last publication the slot is the router's: another thread may have it the next moment.
// So everything of this exchange is let go of before.
void TakenExchange::Part() {
  channel_.descriptors().Forget(Tagged(sequence_, slot_));
  const uint64_t end = writer_.position();
  {
    const std::lock_guard lock(leftover_mutex_);
    leftover_ = writer_.Release();
    leftover_end_ = end;
    taken_.store(false, std::memory_order_relaxed);
  }
  ending_ = false;
  if (channel_.closed()) return;
  shared_.response.published.store(end, std::memory_order_seq_cst);
  MONOCEROS_KILL_POINT(kEndPublished);
  channel_.TellRouter(slot_);
}

}  // namespace monoceros::channel
