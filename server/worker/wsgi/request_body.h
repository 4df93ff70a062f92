// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"
#include "channel/heads.h"
#include "channel/worker_end.h"
#include "worker/python/gil.h"
#include "worker/python/ref.h"
#include "worker/wsgi/patience.h"

namespace monoceros::wsgi {

// The bytes of one request's body, from frames of the channel or from a spool file. Reads only what
// it is asked for. Kept from request to request by one thread; needs the GIL, and gives it up to
// wait.
class RequestBody {
 public:
  // Both outlive the body.
  RequestBody(const python::GilStamps& stamps, Patience& patience)
      : stamps_(stamps), patience_(patience) {}

  // `exchange` outlives the body; its head has been read.
  void Begin(channel::Exchange& exchange, const channel::RequestHead& head);
  void End();

  // bytes: `size` of them, fewer only at the end; all that is left when `size` is negative. None
  // with OSError pending when the body broke off.
  python::Ref Read(Py_ssize_t size);
  // bytes up to and with the next newline, at most `size` unless that is negative.
  python::Ref ReadLine(Py_ssize_t size);

 private:
  enum class Source { kFrames, kFile, kEnd };

  // Makes chunk_ non-empty. False at the end, or with an exception pending.
  bool Fill();
  bool FillFromFrames();
  bool TakeFrame(const channel::Frame& frame);
  bool FillFromFile();
  bool BreakOff();
  void Skip(size_t count);
  python::Ref ReadKnown(size_t size);
  python::Ref ReadUnknown(size_t size);

  const python::GilStamps& stamps_;
  Patience& patience_;
  channel::Exchange* exchange_ = nullptr;
  Source source_ = Source::kEnd;
  std::optional<uint64_t> left_;      // bytes until the end, where declared
  std::span<const std::byte> chunk_;  // read from the source, not yet from us
  bool consume_ = false;              // chunk_ lies in the channel
  base::Fd file_;
  uint64_t file_offset_ = 0;             // bytes
  std::unique_ptr<std::byte[]> buffer_;  // of the file
  std::string scratch_;
};

}  // namespace monoceros::wsgi
