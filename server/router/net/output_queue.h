// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "router/net/budget.h"
#include "router/net/spool_file.h"

namespace monoceros::router {

enum class SendStatus {
  kSent,     // the queue is empty: the kernel has every byte
  kPending,  // the client does not take more now; call Drain when it does
  kMore,     // it may take more: call Drain again in the next turn
  kBroken,   // the connection is gone, or a spool file failed (failure() says so)
};

// Bytes on their way to one client: what the socket does not take at once is kept in memory, then
// in a spool file, in order. One thread.
class OutputQueue {
 public:
  // `directory` holds spool files and outlives the queue.
  OutputQueue(Budgets& budgets, const std::string& directory);
  ~OutputQueue();
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  // Sends the parts, in one writev where nothing waits before them; keeps what is left. The parts
  // may be changed. Their memory is free again on return.
  SendStatus Write(int socket, std::span<iovec> parts);
  // Sends a range of a file by sendfile; keeps the descriptor until it is through.
  SendStatus WriteFile(int socket, base::Fd file, uint64_t offset, uint64_t length);
  // Goes on after the socket became writable.
  SendStatus Drain(int socket);

  bool empty() const { return !pending_; }
  // False: everything is full, let the worker wait.
  bool HasRoom() const;
  // Bytes that the kernel has taken since construction.
  uint64_t sent_bytes() const { return sent_bytes_; }
  // Why a spool file failed; empty otherwise.
  const std::string& failure() const { return failure_; }

 private:
  // One run of waiting bytes, in order: in memory, at the front of the spool file, or of a file.
  struct Segment {
    enum class Kind { kMemory, kSpool, kFile } kind;
    std::string memory;
    base::Fd file;
    uint64_t offset = 0;  // next byte: in `memory` or in `file`
    uint64_t left = 0;    // bytes still to send
  };
  // Made when something has to wait, dropped when all is sent: most connections never need it.
  struct Pending {
    explicit Pending(Budget& spool_budget) : spool(spool_budget) {}
    std::deque<Segment> segments;
    SpoolFile spool;
    uint64_t memory_bytes = 0;
  };

  Pending& EnsurePending();
  bool Keep(std::string_view bytes);
  void KeepInMemory(std::string_view bytes);
  bool KeepInSpool(std::string_view bytes);
  ssize_t SendSegment(int socket, Segment& segment);
  ssize_t SendSpooled(int socket, uint64_t left);
  void FinishBytes(Segment& segment, uint64_t bytes);
  void DropPending();

  Budgets& budgets_;
  const std::string& directory_;
  std::unique_ptr<Pending> pending_;
  uint64_t sent_bytes_ = 0;
  std::string failure_;
};

}  // namespace monoceros::router
