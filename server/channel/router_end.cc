// SPDX-License-Identifier: Apache-2.0
#include "channel/router_end.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "channel/descriptors.h"
#include "channel/kill_point.h"
#include "channel/mapping.h"
#include "channel/sleepers.h"
#include "channel/slot_set.h"
#include "channel/stream_reader.h"
#include "channel/stream_writer.h"

namespace monoceros::channel {
namespace {

// What the router keeps of one slot, in its own memory.
struct OpenSlot {
  OpenSlot(Arena& requests, Mapping& mapping, uint32_t index)
      : shared(mapping.slot(index)),
        writer(requests, mapping.geometry().request_window, shared.request, shared.request_acked),
        reader(mapping.response_blocks(), mapping.geometry().response_window, shared.response,
               shared.response_acked) {}

  Slot& shared;
  StreamWriter writer;
  StreamReader reader;
  uint64_t sequence = 0;
  base::Nanoseconds assigned_at = 0;
  bool open = false;
  bool assigned = false;
};

class RouterEndImpl final : public RouterEnd {
 public:
  RouterEndImpl(std::shared_ptr<Mapping> mapping, RouterFds fds)
      : mapping_(std::move(mapping)),
        requests_(mapping_->request_blocks(), mapping_->shape().slots, false),
        descriptors_(std::move(fds.socket)),
        router_bell_(std::move(fds.router_bell)),
        worker_bell_(std::move(fds.worker_bell)) {
    const uint32_t count = mapping_->shape().slots;
    slots_.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
      slots_.push_back(std::make_unique<OpenSlot>(requests_, *mapping_, i));
    }
    // Slot 0 on top: few descriptors stay warm.
    for (uint32_t i = count; i-- > 0;) free_.push_back(i);
  }

  ~RouterEndImpl() override { CloseChannel(*mapping_); }

  std::optional<SlotIndex> Open(uint64_t request_id) override {
    if (free_.empty() || broken() || RingIsFull()) return std::nullopt;
    const SlotIndex index = free_.back();
    free_.pop_back();
    MONOCEROS_KILL_POINT(kOpened);
    OpenSlot& slot = *slots_[index];
    slot.open = true;
    slot.assigned = false;
    ++slot.sequence;
    ResetShared(slot.shared, request_id);
    MONOCEROS_KILL_POINT(kSlotReset);
    slot.writer.Begin({});
    slot.reader.Begin();
    return index;
  }

  size_t Write(SlotIndex index, FrameType type, std::span<const std::byte> payload) override {
    StreamWriter& writer = slots_[index]->writer;
    const size_t written = writer.Write(type, payload);
    broken_ = broken_ || writer.broken();
    MONOCEROS_KILL_POINT(kRequestWritten);
    return written;
  }

  size_t Credit(SlotIndex index) const override { return slots_[index]->writer.Credit(); }

  void Publish(SlotIndex index) override {
    OpenSlot& slot = *slots_[index];
    slot.writer.PushBacklog();
    broken_ = broken_ || slot.writer.broken();
    const bool news = slot.writer.has_unpublished();
    slot.writer.Publish();
    MONOCEROS_KILL_POINT(kRequestPublished);
    if (!slot.assigned) return Assign(slot, index);
    if (news) Tell(index);
  }

  bool Revoke(SlotIndex index) override {
    OpenSlot& slot = *slots_[index];
    if (!slot.assigned) return false;
    uint64_t expected = Tagged(slot.sequence, kStateAssigned);
    // The worker takes by the same swap: exactly one of the two wins.
    if (!slot.shared.state.compare_exchange_strong(expected, Tagged(slot.sequence, kStateFree),
                                                   std::memory_order_acq_rel)) {
      return false;
    }
    MONOCEROS_KILL_POINT(kRevoked);
    GiveBack(slot, index);
    return true;
  }

  void Ring() override {
    if (unrung_ == 0 && !loop_news_) return;
    const uint32_t threads = mapping_->shape().threads;
    if (threads > 0) {
      WakeSleepers(mapping_->header(), threads, unrung_);
    } else {
      RingLoop();
    }
    unrung_ = 0;
    loop_news_ = false;
    MONOCEROS_KILL_POINT(kRang);
  }

  bool IsTaken(SlotIndex index) const override {
    const OpenSlot& slot = *slots_[index];
    return slot.assigned && slot.shared.state.load(std::memory_order_acquire) !=
                                Tagged(slot.sequence, kStateAssigned);
  }

  base::Nanoseconds TakenAt(SlotIndex index) const override {
    if (!IsTaken(index)) return 0;
    const OpenSlot& slot = *slots_[index];
    const int64_t claimed = slot.shared.taken_at.load(std::memory_order_relaxed);
    return std::clamp<base::Nanoseconds>(claimed, slot.assigned_at,
                                         std::max(slot.assigned_at, base::MonotonicNow()));
  }

  void CollectDirty(const std::function<void(SlotIndex)>& visit) override {
    DrainSlots(mapping_->header().dirty, mapping_->shape().slots, [&](SlotIndex index) {
      OpenSlot& slot = *slots_[index];
      if (!slot.open) return;
      if (slot.writer.backlogged()) Publish(index);
      visit(index);
    });
  }

  ReadStatus Read(SlotIndex index, Frame& frame) override {
    OpenSlot& slot = *slots_[index];
    if (!slot.assigned) return ReadStatus::kEmpty;
    switch (slot.reader.Read(frame)) {
      case StreamReader::Status::kFrame:
        MONOCEROS_KILL_POINT(kResponseRead);
        return ReadStatus::kFrame;
      case StreamReader::Status::kEmpty:
        return ReadStatus::kEmpty;
      case StreamReader::Status::kBreach:
        break;
    }
    broken_ = true;
    return ReadStatus::kViolation;
  }

  void Consume(SlotIndex index) override {
    OpenSlot& slot = *slots_[index];
    // Nobody waits for credit of a stream that has ended; the slot's owner may be gone already.
    if (!slot.reader.Consume() || slot.reader.ended()) return;
    MONOCEROS_KILL_POINT(kResponseAcked);
    Tell(index);
  }

  void Disconnect(SlotIndex index) override {
    slots_[index]->shared.disconnected.store(1, std::memory_order_seq_cst);
    MONOCEROS_KILL_POINT(kDisconnectStored);
    Tell(index);
  }

  void Close(SlotIndex index) override {
    OpenSlot& slot = *slots_[index];
    slot.shared.state.store(Tagged(slot.sequence, kStateFree), std::memory_order_release);
    descriptors_.Forget(Tagged(slot.sequence, index));
    GiveBack(slot, index);
    MONOCEROS_KILL_POINT(kClosed);
  }

  bool SendDescriptor(SlotIndex index, int fd) override {
    return descriptors_.Send(Tagged(slots_[index]->sequence, index), fd) ==
           Descriptors::SendStatus::kSent;
  }

  base::Fd ReceiveDescriptor(SlotIndex index) override {
    return descriptors_.Receive(Tagged(slots_[index]->sequence, index));
  }

  bool PrepareToSleep() override {
    Header& header = mapping_->header();
    // seq_cst: the worker marks a slot and then looks whether we sleep.
    header.router_sleeping.store(1, std::memory_order_seq_cst);
    MONOCEROS_KILL_POINT(kRouterAnnounced);
    if (!HasSlots(header.dirty)) return true;
    WokeUp();
    return false;
  }

  void WokeUp() override { mapping_->header().router_sleeping.store(0, std::memory_order_relaxed); }

  int bell() const override { return router_bell_.get(); }

  bool broken() const override { return broken_; }

  void Trim() override { requests_.Trim(); }

  const Shape& shape() const override { return mapping_->shape(); }

  size_t resident_bytes() const override {
    uint64_t bytes = 0;
    for (const auto& slot : slots_) {
      if (slot->open) bytes += slot->reader.outstanding();
    }
    return bytes;
  }

 private:
  static void ResetShared(Slot& slot, uint64_t request_id) {
    // relaxed: the worker looks only after it has taken the slot, which acquires.
    constexpr auto kRelaxed = std::memory_order_relaxed;
    slot.request_id.store(request_id, kRelaxed);
    for (StreamOut* out : {&slot.request, &slot.response}) {
      out->published.store(0, kRelaxed);
      out->restart_position.store(0, kRelaxed);
      out->restart_block.store(kNoBlock, kRelaxed);
    }
    slot.disconnected.store(0, kRelaxed);
    slot.response_acked.store(0, kRelaxed);
    slot.request_acked.store(0, kRelaxed);
    slot.taken_at.store(0, kRelaxed);
    slot.waiter.store(0, kRelaxed);
  }

  // The worker moves the head; what it says is read once and checked. Entries of revoked slots
  // count until the worker has passed them.
  bool RingIsFull() {
    const uint64_t head = mapping_->header().ring_head.load(std::memory_order_acquire);
    if (head > tail_ || tail_ - head > mapping_->geometry().ring_entries) {
      broken_ = true;
      return true;
    }
    return tail_ - head == mapping_->geometry().ring_entries;
  }

  void Assign(OpenSlot& slot, SlotIndex index) {
    slot.assigned = true;
    slot.assigned_at = base::MonotonicNow();
    // release: the reset, the id and the request stream are visible to whoever takes the slot.
    slot.shared.state.store(Tagged(slot.sequence, kStateAssigned), std::memory_order_release);
    MONOCEROS_KILL_POINT(kAssigned);
    mapping_->ring_entry(tail_).store(Tagged(slot.sequence, index), std::memory_order_relaxed);
    // seq_cst: a thread that goes to sleep sets its bit and then looks at the tail.
    mapping_->header().ring_tail.store(++tail_, std::memory_order_seq_cst);
    MONOCEROS_KILL_POINT(kInRing);
    ++unrung_;
  }

  // Something of the slot that its worker may wait for has changed.
  void Tell(SlotIndex index) {
    if (mapping_->shape().threads > 0) return WakeWaiter(slots_[index]->shared);
    MarkSlot(mapping_->header().news, index);
    loop_news_ = true;
  }

  void RingLoop() {
    std::atomic<uint32_t>& sleeping = mapping_->header().loop_sleeping;
    if (sleeping.load(std::memory_order_seq_cst) == 0) return;
    if (sleeping.exchange(0, std::memory_order_seq_cst) == 0) return;
    const uint64_t one = 1;
    // EAGAIN means that it rings already.
    if (::write(worker_bell_.get(), &one, sizeof one) < 0) return;
  }

  void GiveBack(OpenSlot& slot, SlotIndex index) {
    slot.writer.Reset();
    slot.open = slot.assigned = false;
    free_.push_back(index);
  }

  const std::shared_ptr<Mapping> mapping_;
  Arena requests_;
  Descriptors descriptors_;
  const base::Fd router_bell_;
  const base::Fd worker_bell_;
  std::vector<std::unique_ptr<OpenSlot>> slots_;
  std::vector<SlotIndex> free_;  // stack
  uint64_t tail_ = 0;            // ring_tail, which we alone write
  uint32_t unrung_ = 0;          // assigned since the last Ring
  bool loop_news_ = false;
  bool broken_ = false;
};

}  // namespace

base::Result<std::unique_ptr<RouterEnd>> RouterEnd::Attach(RouterFds fds) {
  auto mapping = Mapping::Map(fds.memory.get());
  if (!mapping) return tl::make_unexpected(mapping.error());
  return std::make_unique<RouterEndImpl>(*mapping, std::move(fds));
}

}  // namespace monoceros::channel
