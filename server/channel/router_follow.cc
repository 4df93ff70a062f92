// SPDX-License-Identifier: Apache-2.0
// The part of RouterChannel that follows exchanges once they are assigned.
#include <algorithm>
#include <cstdlib>

#include "channel/kill_point.h"
#include "channel/router_channel.h"
#include "channel/slot_set.h"

namespace monoceros::channel {

bool RouterChannel::IsTaken(SlotIndex slot) const {
  const Record& asked = record(slot);
  // acquire: pairs with the worker's swap.
  return asked.taken ||
         asked.shared.state.load(std::memory_order_acquire) == Tagged(asked.sequence, kStateTaken);
}

base::Nanoseconds RouterChannel::TakenAt(SlotIndex slot) const {
  if (!IsTaken(slot)) return 0;
  const base::Nanoseconds now = base::MonotonicNow();
  const int64_t taken_at = record(slot).shared.taken_at.load(std::memory_order_acquire);
  // Zero: won this instant, and not yet stored.
  return taken_at == 0 ? now : std::clamp(taken_at, record(slot).assigned_at, now);
}

void RouterChannel::CollectDirty(const std::function<void(SlotIndex)>& visit) {
  DrainSlots(header_.dirty, mapping_->shape().slots,
             [this, &visit](SlotIndex slot) { Visit(slot, visit); });
}

void RouterChannel::Visit(SlotIndex slot, const std::function<void(SlotIndex)>& visit) {
  if (!records_[slot] || record(slot).state != State::kAssigned) return;
  Record& visited = record(slot);
  if (visited.request.backlogged()) {
    visited.request.PushBacklog();
    broken_ = broken_ || visited.request.broken();
    PublishMore(slot, visited);
  }
  visit(slot);
}

ReadStatus RouterChannel::Read(SlotIndex slot, Frame& frame) {
  Record& read = record(slot);
  if (broken_ || read.state != State::kAssigned) return broken_ ? Violation() : ReadStatus::kEmpty;
  if (!read.response.HasMore()) return ReadStatus::kEmpty;
  read.taken = IsTaken(slot);
  if (!read.taken) return Violation();  // an answer to what nobody took
  const uint64_t before = read.response.outstanding();
  const StreamReader::Status status = read.response.Read(frame);
  resident_bytes_ += read.response.outstanding() - before;
  MONOCEROS_KILL_POINT(kResponseRead);
  if (status == StreamReader::Status::kFrame) return ReadStatus::kFrame;
  if (status == StreamReader::Status::kBreach) return Violation();
  // Pieces of a frame that is not complete are copied; the worker needs their room for the rest.
  if (!read.response.has_unconsumed()) Acknowledge(slot, read);
  return ReadStatus::kEmpty;
}

ReadStatus RouterChannel::Violation() {
  broken_ = true;
  return ReadStatus::kViolation;
}

RequestTimes RouterChannel::Times(SlotIndex slot) const {
  const Record& asked = record(slot);
  if (asked.state != State::kAssigned) return {};
  const base::Nanoseconds most = base::MonotonicNow() - asked.assigned_at;
  // relaxed: whoever has read a frame has seen the publication that came after the report.
  const auto read = [most](const std::atomic<int64_t>& part) {
    return std::clamp<base::Nanoseconds>(part.load(std::memory_order_relaxed), -1, most);
  };
  return {read(asked.shared.gil_wait), read(asked.shared.cpu), read(asked.shared.run_queue)};
}

void RouterChannel::Consume(SlotIndex slot) {
  if (!broken_) Acknowledge(slot, record(slot));
}

void RouterChannel::Acknowledge(SlotIndex slot, Record& record) {
  const uint64_t before = record.response.outstanding();
  const bool news = record.response.Consume();
  resident_bytes_ -= before - record.response.outstanding();
  MONOCEROS_KILL_POINT(kResponseAcked);
  if (news && !record.response.ended() && !record.response.EndIsNext()) NoteNews(slot, record);
}

void RouterChannel::Disconnect(SlotIndex slot) {
  Record& left = record(slot);
  if (left.state != State::kAssigned) return;
  // release: pairs with the worker's acquire; the news travel by Ring.
  left.shared.disconnected.store(kClientGone, std::memory_order_release);
  MONOCEROS_KILL_POINT(kDisconnectStored);
  NoteNews(slot, left);
}

void RouterChannel::HalfClose(SlotIndex slot) {
  Record& half = record(slot);
  if (half.state != State::kAssigned) return;
  // relaxed: the only writer is this thread.
  if (half.shared.disconnected.load(std::memory_order_relaxed) != 0) return;
  half.shared.disconnected.store(kClientHalfClosed, std::memory_order_release);
  NoteNews(slot, half);
}

void RouterChannel::Close(SlotIndex slot) {
  Record& closed = record(slot);
  if (closed.state == State::kFree) std::abort();
  if (closed.state == State::kOpen) --open_unassigned_;
  if (closed.state == State::kAssigned) {
    if (!closed.response.ended() && !broken_) std::abort();
    // release: the worker's scan for leftovers may use the response's blocks again.
    closed.shared.state.store(Tagged(closed.sequence, kStateFree), std::memory_order_release);
    MONOCEROS_KILL_POINT(kClosed);
    descriptors_.Forget(TagOf(slot));
  }
  GiveBack(slot, closed);
}

bool RouterChannel::SendDescriptor(SlotIndex slot, int fd) {
  return descriptors_.Send(TagOf(slot), fd) == Descriptors::SendStatus::kSent;
}

base::Fd RouterChannel::ReceiveDescriptor(SlotIndex slot) {
  return descriptors_.Receive(TagOf(slot));
}

bool RouterChannel::IsStale(uint64_t tag) const {
  const uint64_t slot = LowOf(tag);
  return slot >= records_.size() || !records_[slot] || records_[slot]->state == State::kFree ||
         records_[slot]->sequence != SequenceOf(tag);
}

}  // namespace monoceros::channel
