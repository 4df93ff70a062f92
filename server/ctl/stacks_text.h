// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace monoceros::control::v1 {
class Stacks;
}

namespace monoceros::ctl {

// The stacks of a worker for people, each thread with its request, innermost frame first. Pure.
std::string ShowStacks(const control::v1::Stacks& stacks);

}  // namespace monoceros::ctl
