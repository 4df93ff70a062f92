// SPDX-License-Identifier: Apache-2.0
// Whatever a client sends, its messages do not depend on how the bytes arrive, and none breaks a
// limit; whatever an application sends can be read back.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/require.h"
#include "worker/websocket/close_code.h"
#include "worker/websocket/deflate_offer.h"
#include "worker/websocket/message_reader.h"
#include "worker/websocket/message_writer.h"
#include "worker/websocket/utf8.h"

namespace {

using monoceros::fuzz::Require;
using namespace monoceros::websocket;
using Event = MessageReader::Event;

constexpr uint64_t kLimit = 100'000;

void Check(Event event, const MessageReader& reader) {
  const std::string_view payload = reader.payload();
  if (event == Event::kText) Require(IsUtf8(payload), "text is UTF-8");
  if (event == Event::kText || event == Event::kBinary) {
    Require(payload.size() <= kLimit, "messages keep to the limit");
  } else {
    Require(payload.size() <= 125, "control frames are short");
  }
  if (event == Event::kFailed) Require(IsSendable(reader.code()), "a failure can be told");
  if (event == Event::kClose) {
    Require(reader.code() == kNoStatus || IsSendable(reader.code()), "close codes are good");
  }
}

std::vector<std::string> Read(std::string_view bytes, size_t step,
                              const std::optional<DeflateParameters>& deflate) {
  MessageReader reader(kLimit, deflate);
  std::vector<std::string> seen;
  for (;;) {
    const Event event = reader.Next();
    if (event == Event::kNeedMore) {
      if (bytes.empty()) return seen;
      reader.Feed(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
      continue;
    }
    Check(event, reader);
    seen.push_back(std::to_string(static_cast<int>(event)) + std::string(reader.payload()));
    if (event == Event::kClose || event == Event::kFailed) return seen;
  }
}

void CheckRoundTrip(const std::string& message, const DeflateParameters& agreed) {
  Deflater deflater(agreed);
  Inflater inflater({.client_no_context_takeover = agreed.server_no_context_takeover,
                     .client_window_bits = agreed.server_window_bits});
  for (int i = 0; i < 2; ++i) {
    std::string compressed;
    std::string back;
    deflater.Append(message, compressed);
    Require(inflater.Append(compressed, kLimit, back) == Inflater::Status::kGood, "inflates");
    Require(inflater.End(kLimit, back) == Inflater::Status::kGood, "ends");
    Require(back == message, "comes back");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider provider(data, size);
  std::string answer;
  std::optional<DeflateParameters> agreed =
      AcceptDeflate(provider.ConsumeRandomLengthString(120), answer);
  Require(agreed.has_value() == !answer.empty(), "an agreement is answered");
  if (!agreed && provider.ConsumeBool()) agreed.emplace();
  const size_t step = provider.ConsumeIntegralInRange<size_t>(1, 64);
  const std::string bytes = provider.ConsumeRemainingBytesAsString();
  Require(Read(bytes, bytes.size() + 1, agreed) == Read(bytes, step, agreed),
          "the outcome does not depend on how bytes arrive");
  if (agreed) CheckRoundTrip(bytes, *agreed);
  return 0;
}
