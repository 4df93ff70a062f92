// SPDX-License-Identifier: Apache-2.0
#include "channel/worker_exchange.h"

#include "channel/futex.h"
#include "channel/kill_point.h"
#include "channel/worker_channel.h"

namespace monoceros::channel {
namespace {

constexpr uint64_t kRunning = UINT64_MAX;
constexpr uint64_t kSequenceMask = (uint64_t{1} << 40) - 1;

// The blocks that an exchange left and the sequence it had, in one word, so that one swap decides
// who frees them: sequence (40 bits), first block (16), count (8).
uint64_t Pack(uint64_t sequence, const StreamWriter::Chain& chain) {
  static_assert(kMaxBlocks <= 1 << 16 && kMaxWindowBlocks < 1 << 8);
  if (chain.count == 0) return 0;
  return (sequence & kSequenceMask) << 24 | uint64_t{chain.first} << 8 | chain.count;
}

StreamWriter::Chain Unpack(uint64_t leftover) {
  if (leftover == 0) return {};
  return {static_cast<uint32_t>(leftover >> 8 & 0xffff), static_cast<uint32_t>(leftover & 0xff)};
}

}  // namespace

WorkerExchange::WorkerExchange(WorkerChannel& owner, uint32_t slot)
    : owner_(owner),
      slot_(slot),
      shared_(owner.mapping().slot(slot)),
      request_(owner.mapping().request_blocks(), owner.mapping().geometry().request_window,
               shared_.request, shared_.request_acked),
      response_(owner.arena(), owner.mapping().geometry().response_window, shared_.response,
                shared_.response_acked) {}

bool WorkerExchange::Begin(uint64_t sequence) {
  // acquire: pairs with ReclaimLeftover and Complete, which touched the blocks before.
  const uint64_t leftover = leftover_.exchange(kRunning, std::memory_order_acq_rel);
  if (leftover == kRunning) return false;
  sequence_ = sequence;
  finishing_ = false;
  request_id_ = shared_.request_id.load(std::memory_order_relaxed);
  request_.Begin();
  response_.Begin(Unpack(leftover));
  taken_at_ = base::MonotonicNow();
  // The router reads it after it has seen the slot taken; zero until then.
  shared_.taken_at.store(taken_at_, std::memory_order_release);
  MONOCEROS_KILL_POINT(kTakenStamped);
  return true;
}

bool WorkerExchange::ReclaimLeftover() {
  uint64_t leftover = leftover_.load(std::memory_order_acquire);
  if (leftover == 0 || leftover == kRunning) return false;
  // acquire: the router has read the response before it freed the slot.
  const uint64_t state = shared_.state.load(std::memory_order_acquire);
  const bool same = (SequenceOf(state) & kSequenceMask) == leftover >> 24;
  if (same && LowOf(state) == kStateTaken) return false;
  if (!leftover_.compare_exchange_strong(leftover, 0, std::memory_order_acq_rel)) return false;
  const StreamWriter::Chain chain = Unpack(leftover);
  owner_.arena().Free(chain.first, chain.count, true);
  return true;
}

void WorkerExchange::ReclaimIdle() {
  if (leftover_.load(std::memory_order_acquire) != kRunning) return;
  response_.Reclaim();
  CheckWriter();
}

bool WorkerExchange::OnNews() {
  if (leftover_.load(std::memory_order_acquire) != kRunning) return false;
  response_.PushBacklog();
  CheckWriter();
  if (finishing_ && !response_.backlogged()) {
    Complete();
    return false;
  }
  PublishResponse();
  return !finishing_;
}

// --- Request stream ------------------------------------------------------------------------------

std::optional<Frame> WorkerExchange::Read() {
  if (owner_.InChild()) return Frame{FrameType::kAbort, {}};
  Frame frame;
  const StreamReader::Status status = request_.Read(frame);
  MONOCEROS_KILL_POINT(kRequestRead);
  if (status == StreamReader::Status::kFrame) return frame;
  if (status == StreamReader::Status::kBreach) {
    owner_.Break();
    return Frame{FrameType::kAbort, {}};
  }
  // Pieces of a frame that is not complete are copied; the router needs their room for the rest.
  if (!request_.has_unconsumed()) Acknowledge();
  return std::nullopt;
}

void WorkerExchange::Consume() {
  if (!owner_.InChild()) Acknowledge();
}

void WorkerExchange::Acknowledge() {
  // What is whole asks for no room; a bell for it would only take the router out of its sleep.
  if (!request_.Consume() || request_.ended() || request_.EndIsNext()) return;
  MONOCEROS_KILL_POINT(kRequestAcked);
  owner_.MarkDirty(slot_, true);
}

template <typename Done, typename Ready>
bool WorkerExchange::WaitUntil(Done done, Ready ready) {
  while (!done()) {
    if (ready()) return true;
    // An exchange on both sides, see WakeWaiter: the router wakes us, or we see its news now.
    shared_.waiter.exchange(1, std::memory_order_acq_rel);
    MONOCEROS_KILL_POINT(kWaiting);
    if (!done() && !ready()) FutexWait(shared_.waiter, 1, -1);
    shared_.waiter.store(0, std::memory_order_relaxed);
  }
  return false;
}

bool WorkerExchange::WaitReadable() {
  if (owner_.InChild()) return false;
  return WaitUntil([this] { return disconnected(); }, [this] { return request_.HasMore(); });
}

base::Fd WorkerExchange::ReceiveDescriptor() {
  if (owner_.InChild()) return {};
  return owner_.descriptors().Receive(Tagged(sequence_, slot_));
}

// --- Response stream -----------------------------------------------------------------------------

bool WorkerExchange::disconnected() const {
  if (owner_.closed()) return true;
  const uint32_t state = shared_.disconnected.load(std::memory_order_acquire);
  return state != 0 && state != kClientHalfClosed;
}

bool WorkerExchange::half_closed() const {
  return owner_.closed() || shared_.disconnected.load(std::memory_order_acquire) != 0;
}

size_t WorkerExchange::Write(FrameType type, std::span<const std::byte> payload) {
  if (disconnected()) return payload.size();
  size_t written = response_.Write(type, payload);
  if (written < payload.size() && response_.starved() && owner_.ReclaimLeftovers()) {
    written += response_.Write(type, payload.subspan(written));
  }
  CheckWriter();
  MONOCEROS_KILL_POINT(kResponseWritten);
  return written;
}

void WorkerExchange::CheckWriter() {
  if (response_.broken()) owner_.Break();
}

void WorkerExchange::Flush() {
  if (owner_.InChild()) return;
  response_.PushBacklog();
  CheckWriter();
  PublishResponse();
}

void WorkerExchange::PublishResponse() {
  if (!response_.has_unpublished()) return;
  response_.Publish();
  MONOCEROS_KILL_POINT(kResponsePublished);
  owner_.MarkDirty(slot_, true);
}

// Publishes whatever it could move: the router gives credit for nothing else.
bool WorkerExchange::FindRoom() {
  bool room = response_.MakeRoom();
  if (!room && response_.starved() && owner_.ReclaimLeftovers()) room = response_.MakeRoom();
  CheckWriter();
  PublishResponse();
  return room;
}

bool WorkerExchange::WaitWritable() {
  if (owner_.InChild()) return false;
  Flush();
  return WaitUntil([this] { return disconnected(); }, [this] { return FindRoom(); });
}

bool WorkerExchange::SendDescriptor(int fd) {
  constexpr int kLookAgainMilliseconds = 100;
  while (!disconnected()) {
    const auto status = owner_.descriptors().Send(Tagged(sequence_, slot_), fd);
    if (status != Descriptors::SendStatus::kFull) return status == Descriptors::SendStatus::kSent;
    owner_.descriptors().WaitSendable(kLookAgainMilliseconds);
  }
  return false;
}

// relaxed: ordered by the next publication.
void WorkerExchange::ReportTimes(const RequestTimes& times) {
  if (owner_.InChild()) return;
  shared_.gil_wait.store(times.gil_wait, std::memory_order_relaxed);
  shared_.cpu.store(times.cpu, std::memory_order_relaxed);
  shared_.run_queue.store(times.run_queue, std::memory_order_relaxed);
}

// --- The end -------------------------------------------------------------------------------------

void WorkerExchange::End(FrameType type) {
  if (owner_.InChild()) return;
  response_.Write(type, {});
  CheckWriter();
  if (response_.backlogged() && owner_.is_loop() && !owner_.closed()) {
    finishing_ = true;
    return PublishResponse();
  }
  // The last publication is Complete's: with it the slot may be another exchange's.
  const auto pushed = [this] {
    const bool all = response_.PushBacklog();
    CheckWriter();
    if (!all) PublishResponse();
    return all;
  };
  if (response_.backlogged()) WaitUntil([this] { return owner_.closed(); }, pushed);
  Complete();
}

void WorkerExchange::Complete() {
  WorkerChannel& owner = owner_;
  const uint32_t slot = slot_;
  std::atomic<uint64_t>& published = shared_.response.published;
  const uint64_t position = response_.position();
  // release: pairs with whoever gets the blocks.
  leftover_.store(Pack(sequence_, response_.Release()), std::memory_order_release);
  // From here on the router may give the slot, and another thread this object, to another
  // exchange.
  published.store(position, std::memory_order_release);
  MONOCEROS_KILL_POINT(kEndPublished);
  owner.MarkDirty(slot, true);
}

}  // namespace monoceros::channel
