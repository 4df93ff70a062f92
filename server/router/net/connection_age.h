// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace monoceros::router {

// How old the connection of this number may become: `max_age` give or take 10 %, spread evenly over
// successive numbers, so that connections opened together do not all end together. 0 stays 0.
constexpr base::Nanoseconds SpreadAge(base::Nanoseconds max_age, uint64_t number) {
  // Multiples of the golden ratio, modulo 1, lie evenly however many there are.
  constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;
  const double place = static_cast<double>((number * kGoldenRatio) >> 11) * 0x1p-53;
  return static_cast<base::Nanoseconds>(static_cast<double>(max_age) * (0.9 + 0.2 * place));
}

}  // namespace monoceros::router
