// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "channel/heads.h"

namespace monoceros::router::http {

// Whether a response with this head is a stream of events by its Content-Type, text/event-stream.
bool IsEventStream(const channel::ResponseHead& head);

// Follows a response whose body is a stream of events (HTML Living Standard, section 9.2.5) and
// says where it may end without cutting an event in two: a client of it connects again by itself.
class EventStream {
 public:
  // Forgets the response before.
  void Reset() { *this = {}; }
  // A response with this head begins. It is followed when it is a stream of events and no
  // Content-Encoding hides its lines.
  void Begin(const channel::ResponseHead& head);
  // More of the body is on its way to the client.
  void Take(std::string_view bytes);
  // What comes next cannot be seen: not followed from here on.
  void Lose() { followed_ = false; }

  bool followed() const { return followed_; }
  // Nothing was sent yet, or a blank line, which ends an event, was the last that was.
  bool BetweenEvents() const;

 private:
  bool followed_ = false;
  bool begun_ = false;  // part of the body was sent
  std::string tail_;    // the last three bytes: a blank line and the end of the line before it
};

}  // namespace monoceros::router::http
