// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>

#include "channel/stream_reader.h"
#include "channel/stream_writer.h"
#include "channel/worker_channel.h"
#include "channel/worker_end.h"

namespace monoceros::channel {

// The worker's object for one channel slot, used for every exchange that passes through it.
class TakenExchange final : public Exchange {
 public:
  TakenExchange(WorkerChannel& channel, uint32_t slot);

  // Wins the slot's exchange, if it is still assigned with this sequence.
  bool Take(uint64_t sequence);
  bool taken() const { return taken_.load(std::memory_order_relaxed); }
  // Finished by a loop class, but not all is out.
  bool ending() const { return ending_; }
  void GoOnEnding();
  // Frees the response blocks of an exchange that ended, once the router has read all. Any thread.
  void ReclaimIdle();

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
  bool disconnected() const override;
  void Finish() override { End(FrameType::kEnd); }
  void Abort() override { End(FrameType::kAbort); }

 private:
  void End(FrameType last);
  bool PushOut();
  void Part();
  bool MakeRoom();
  template <typename News>
  bool WaitFor(News&& news, bool starved_only);

  WorkerChannel& channel_;
  const uint32_t slot_;
  Slot& shared_;
  StreamReader reader_;
  StreamWriter writer_;
  uint64_t sequence_ = 0;
  uint64_t request_id_ = 0;
  base::Nanoseconds taken_at_ = 0;
  std::atomic<bool> taken_ = false;  // read by ReclaimIdle of other threads
  bool ending_ = false;

  // Response blocks that the router may still read after the exchange ended.
  std::mutex leftover_mutex_;
  StreamWriter::Chain leftover_;
  uint64_t leftover_end_ = 0;
};

}  // namespace monoceros::channel
