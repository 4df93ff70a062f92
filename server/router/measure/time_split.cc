// SPDX-License-Identifier: Apache-2.0
#include "router/measure/time_split.h"

#include <algorithm>

namespace monoceros::router {
namespace {

base::Nanoseconds OrZero(base::Nanoseconds part) { return std::max<base::Nanoseconds>(0, part); }

}  // namespace

TimeSplit SplitTime(const Exchange& exchange, base::Nanoseconds now) {
  TimeSplit split;
  if (exchange.taken_at == 0) return split;
  const channel::RequestTimes& times = exchange.times;
  split.queue = OrZero(exchange.taken_at - exchange.submitted_at);
  split.gil_wait = times.gil_wait;
  split.cpu = times.cpu;
  split.run_queue = times.run_queue;
  const bool ended = exchange.ended_at != 0;
  const base::Nanoseconds ran = OrZero((ended ? exchange.ended_at : now) - exchange.taken_at);
  if (times.cpu >= 0) {
    split.other = OrZero(ran - times.cpu - OrZero(times.gil_wait) - OrZero(times.run_queue));
  }
  if (!ended) return split;
  split.application = ran;
  split.write = OrZero(now - exchange.ended_at);
  return split;
}

}  // namespace monoceros::router
