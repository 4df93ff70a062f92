// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llhttp.h>

#include <string_view>

#include "router/http/refusal.h"
#include "router/http/request_parser.h"

namespace monoceros::router::http {

// llhttp with every leniency off, fed in whole syntactic pieces that the project's policy has
// accepted. Its verdict can only make the outcome stricter, never looser, and both must agree on
// where each message ends; so no release of it can open a hole that the policy does not have.
class LlhttpCheck {
 public:
  LlhttpCheck();
  LlhttpCheck(const LlhttpCheck&) = delete;
  LlhttpCheck& operator=(const LlhttpCheck&) = delete;

  // `text` is a whole head. Its method is replaced by one that every release knows: which
  // methods exist is the application's business.
  Refusal CheckHead(std::string_view text, const ParsedHead& head);
  // More of the same message.
  Refusal Feed(std::string_view text);
  // After the message's last byte.
  Refusal CheckComplete() const;
  void Reset();

 private:
  llhttp_t parser_;
  bool headers_complete_ = false;
  bool message_complete_ = false;
};

}  // namespace monoceros::router::http
