// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "channel/arena.h"
#include "channel/descriptors.h"
#include "channel/mapping.h"
#include "channel/router_end.h"
#include "channel/stream_reader.h"
#include "channel/stream_writer.h"

namespace monoceros::channel {

// RouterEnd over a mapping. What decides lies in private memory; the shared memory is told, and
// asked only for what the worker alone can know.
class RouterChannel final : public RouterEnd {
 public:
  // `mapping` may be shared with a WorkerChannel of the same process (tests do).
  RouterChannel(std::shared_ptr<Mapping> mapping, RouterFds fds);
  ~RouterChannel() override;

  std::optional<SlotIndex> Open(uint64_t request_id) override;
  size_t Write(SlotIndex slot, FrameType type, std::span<const std::byte> payload) override;
  size_t Credit(SlotIndex slot) const override;
  void Publish(SlotIndex slot) override;
  bool Revoke(SlotIndex slot) override;
  void Ring() override;
  uint64_t CountUnpassed() const override;

  bool IsTaken(SlotIndex slot) const override;
  base::Nanoseconds TakenAt(SlotIndex slot) const override;
  void CollectDirty(const std::function<void(SlotIndex)>& visit) override;
  ReadStatus Read(SlotIndex slot, Frame& frame) override;
  RequestTimes Times(SlotIndex slot) const override;
  void Consume(SlotIndex slot) override;
  void Disconnect(SlotIndex slot) override;
  void HalfClose(SlotIndex slot) override;
  void Close(SlotIndex slot) override;

  bool SendDescriptor(SlotIndex slot, int fd) override;
  base::Fd ReceiveDescriptor(SlotIndex slot) override;

  bool PrepareToSleep() override;
  void WokeUp() override;
  int bell() const override { return router_bell_.get(); }

  bool broken() const override { return broken_; }
  const Shape& shape() const override { return mapping_->shape(); }
  size_t resident_bytes() const override { return resident_bytes_; }
  void Trim() override;

 private:
  enum class State { kFree, kOpen, kAssigned };

  // The router's own knowledge of a slot; made when the slot is first used.
  struct Record {
    Record(Mapping& mapping, Arena& arena, Slot& slot);

    Slot& shared;
    StreamWriter request;
    StreamReader response;
    State state = State::kFree;
    uint64_t sequence = 0;
    uint64_t request_id = 0;
    base::Nanoseconds assigned_at = 0;
    bool taken = false;     // seen taken
    bool has_news = false;  // listed in news_
  };

  Record& record(SlotIndex slot) const { return *records_[slot]; }
  bool RingHasRoom();
  bool ReclaimIdle();
  void Assign(SlotIndex slot, Record& record);
  void NoteNews(SlotIndex slot, Record& record);
  void Acknowledge(SlotIndex slot, Record& record);
  void PublishMore(SlotIndex slot, Record& record);
  void GiveBack(SlotIndex slot, Record& record);
  void Visit(SlotIndex slot, const std::function<void(SlotIndex)>& visit);
  ReadStatus Violation();
  uint64_t TagOf(SlotIndex slot) const { return Tagged(record(slot).sequence, slot); }
  bool IsStale(uint64_t tag) const;

  std::shared_ptr<Mapping> mapping_;
  Header& header_;
  base::Fd router_bell_;
  base::Fd worker_bell_;
  mutable Descriptors descriptors_;
  mutable Arena arena_;
  std::vector<std::unique_ptr<Record>> records_;  // by slot
  std::vector<SlotIndex> free_slots_;             // last in, first out
  std::vector<SlotIndex> news_;                   // assigned slots with news since Ring
  uint64_t tail_ = 0;                             // of the ring
  uint64_t last_head_ = 0;                        // of the ring, as last seen
  uint64_t open_unassigned_ = 0;
  uint32_t assigned_since_ring_ = 0;
  size_t resident_bytes_ = 0;
  bool broken_ = false;
};

}  // namespace monoceros::channel
