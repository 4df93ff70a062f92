// SPDX-License-Identifier: Apache-2.0
#include "worker/asgi/names.h"

#include <string_view>

#include "worker/python/text.h"

namespace monoceros::asgi {
namespace {

constexpr std::array<std::string_view, Names::kNames> kTexts = {"type",
                                                                "asgi",
                                                                "http_version",
                                                                "method",
                                                                "scheme",
                                                                "path",
                                                                "raw_path",
                                                                "query_string",
                                                                "root_path",
                                                                "headers",
                                                                "client",
                                                                "server",
                                                                "state",
                                                                "extensions",
                                                                "body",
                                                                "more_body",
                                                                "status",
                                                                "trailers",
                                                                "more_trailers",
                                                                "links",
                                                                "file",
                                                                "offset",
                                                                "count",
                                                                "http.request",
                                                                "http.disconnect",
                                                                "done",
                                                                "set_result",
                                                                "_asyncio_future_blocking",
                                                                "throw",
                                                                "close",
                                                                "monoceros.tunnel"};

}  // namespace

bool Names::Make() {
  for (size_t name = 0; name < kTexts.size(); ++name) {
    texts_[name] = python::Interned(kTexts[name]);
    if (!texts_[name]) return false;
  }
  return true;
}

}  // namespace monoceros::asgi
