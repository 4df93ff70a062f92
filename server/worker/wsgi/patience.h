// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include "channel/worker_end.h"
#include "worker/python/gil.h"

namespace monoceros::wsgi {

// How the code of one request waits. Needs the GIL.
class Patience {
 public:
  // Until Read of `exchange` may give another frame. False when none will come: the client is gone,
  // or an exception is pending. In the latter case the exchange may be over, and its memory another
  // request's: the caller leaves without touching what belongs to it.
  virtual bool AwaitReadable(channel::Exchange& exchange) = 0;
  // Flushes, and waits until Write may accept data. False as above.
  virtual bool AwaitWritable(channel::Exchange& exchange) = 0;
  // Lets others run, after something that may have taken long. False with an exception pending, as
  // above.
  virtual bool Pause() = 0;

 protected:
  ~Patience() = default;
};

// Of a thread that serves one request at a time: it waits in the kernel, without the GIL.
class BlockingPatience final : public Patience {
 public:
  // `stamps` outlive this.
  explicit BlockingPatience(const python::GilStamps& stamps) : stamps_(stamps) {}

  bool AwaitReadable(channel::Exchange& exchange) override {
    const python::ReleaseGil released(stamps_);
    return exchange.WaitReadable();
  }
  bool AwaitWritable(channel::Exchange& exchange) override {
    const python::ReleaseGil released(stamps_);
    return exchange.WaitWritable();
  }
  bool Pause() override { return true; }

 private:
  const python::GilStamps& stamps_;
};

}  // namespace monoceros::wsgi
