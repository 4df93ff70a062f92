// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "channel/stream_reader.h"
#include "channel/stream_writer.h"
#include "channel/worker_end.h"

namespace monoceros::channel {

class WorkerChannel;

// The worker's side of one slot; used again for every exchange that the slot carries. In a forked
// child every call returns at once.
class WorkerExchange final : public Exchange {
 public:
  WorkerExchange(WorkerChannel& owner, uint32_t slot);

  // Begins the exchange that the caller has just taken. False when the last one still runs: the
  // router gave a slot away that was not its own.
  bool Begin(uint64_t sequence);
  // Frees what the last exchange left, once the router has closed it. Any thread.
  bool ReclaimLeftover();
  // Gives back the blocks of a running response that the router has read to its end. Only in a
  // loop.
  void ReclaimIdle();
  // News for a loop. False when the exchange needs no visit: none runs, or it only finishes.
  bool OnNews();

  uint32_t slot() const override { return slot_; }
  uint64_t request_id() const override { return request_id_; }
  base::Nanoseconds taken_at() const override { return taken_at_; }
  std::optional<Frame> Read() override;
  void Consume() override;
  bool WaitReadable() override;
  base::Fd ReceiveDescriptor() override;
  size_t Write(FrameType type, std::span<const std::byte> payload) override;
  void Flush() override;
  bool WaitWritable() override;
  bool SendDescriptor(int fd) override;
  void ReportTimes(const RequestTimes& times) override;
  bool disconnected() const override;
  bool half_closed() const override;
  void Finish() override { End(FrameType::kEnd); }
  void Abort() override { End(FrameType::kAbort); }

 private:
  void Acknowledge();
  void PublishResponse();
  void End(FrameType type);
  void Complete();
  void CheckWriter();
  bool FindRoom();
  template <typename Done, typename Ready>
  bool WaitUntil(Done done, Ready ready);

  WorkerChannel& owner_;
  const uint32_t slot_;
  Slot& shared_;
  StreamReader request_;
  StreamWriter response_;
  uint64_t sequence_ = 0;
  uint64_t request_id_ = 0;
  base::Nanoseconds taken_at_ = 0;
  bool finishing_ = false;  // a loop's exchange whose end waits for credit
  // kRunning, or the blocks of the last exchange (see Pack), or 0.
  std::atomic<uint64_t> leftover_ = 0;
};

}  // namespace monoceros::channel
