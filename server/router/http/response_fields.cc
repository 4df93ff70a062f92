// SPDX-License-Identifier: Apache-2.0
#include "router/http/response_fields.h"

#include <fmt/core.h>

#include "router/http/characters.h"
#include "router/http/content_length.h"
#include "router/http/line_scanner.h"

namespace monoceros::router::http {
namespace {

enum class Kind {
  kPlain,
  kConnection,
  kContentLength,
  kDate,
  kServer,
  kUpgrade,
  kForbidden,
};

Kind KindOf(std::string_view name) {
  switch (name.size()) {
    case 2:
      return EqualsIgnoringCase(name, "te") ? Kind::kForbidden : Kind::kPlain;
    case 4:
      return EqualsIgnoringCase(name, "date") ? Kind::kDate : Kind::kPlain;
    case 6:
      return EqualsIgnoringCase(name, "server") ? Kind::kServer : Kind::kPlain;
    case 7:
      if (EqualsIgnoringCase(name, "upgrade")) return Kind::kUpgrade;
      return EqualsIgnoringCase(name, "trailer") ? Kind::kForbidden : Kind::kPlain;
    case 10:
      if (EqualsIgnoringCase(name, "connection")) return Kind::kConnection;
      return EqualsIgnoringCase(name, "keep-alive") ? Kind::kForbidden : Kind::kPlain;
    case 14:
      return EqualsIgnoringCase(name, "content-length") ? Kind::kContentLength : Kind::kPlain;
    case 16:
      return EqualsIgnoringCase(name, "proxy-connection") ? Kind::kForbidden : Kind::kPlain;
    case 17:
      return EqualsIgnoringCase(name, "transfer-encoding") ? Kind::kForbidden : Kind::kPlain;
    default:
      return Kind::kPlain;
  }
}

base::Result<void> TakeConnection(std::string_view value, bool upgrading, ResponseFields& fields) {
  bool allowed = true;
  ForEachElement(value, [&](std::string_view option) {
    const bool close = EqualsIgnoringCase(option, "close");
    fields.close |= close;
    allowed &= close || option.empty() || EqualsIgnoringCase(option, "keep-alive") ||
               (upgrading && EqualsIgnoringCase(option, "upgrade"));
  });
  if (allowed) return {};
  return base::Fail(fmt::format("the application set Connection: {}", value));
}

base::Result<void> TakeContentLength(std::string_view value, ResponseFields& fields) {
  const auto length = ParseContentLength(value);
  if (!length) return base::Fail(fmt::format("invalid Content-Length \"{}\"", value));
  if (fields.content_length.value_or(*length) != *length) {
    return base::Fail("the application set different values of Content-Length");
  }
  fields.content_length = length;
  return {};
}

base::Result<void> TakeField(const channel::Field& field, bool upgrading, ResponseFields& fields) {
  if (field.name.empty() || !AllIn(kToken, field.name)) {
    return base::Fail("the application set a field whose name is no token");
  }
  if (!IsFieldText(field.value)) {
    return base::Fail(fmt::format("control character in the value of field {}", field.name));
  }
  switch (KindOf(field.name)) {
    case Kind::kConnection:
      return TakeConnection(field.value, upgrading, fields);
    case Kind::kContentLength:
      return TakeContentLength(Trim(field.value), fields);
    case Kind::kDate:
      fields.has_date = true;
      return {};
    case Kind::kServer:
      fields.has_server = true;
      return {};
    case Kind::kUpgrade:
      fields.has_upgrade = true;
      if (upgrading) return {};
      [[fallthrough]];
    case Kind::kForbidden:
      return base::Fail(fmt::format("the application set the hop-by-hop field {}", field.name));
    case Kind::kPlain:
      break;
  }
  return {};
}

}  // namespace

bool IsFieldText(std::string_view text) { return FindControl(text, 0) == text.size(); }

base::Result<ResponseFields> CheckResponseFields(const channel::ResponseHead& head) {
  const bool upgrading = head.status == 101 || head.status == 426;
  ResponseFields fields;
  for (const channel::Field& field : head.fields) {
    if (auto taken = TakeField(field, upgrading, fields); !taken) {
      return tl::make_unexpected(std::move(taken.error()));
    }
  }
  return fields;
}

void AppendFields(const channel::ResponseHead& head, std::string& out) {
  for (const channel::Field& field : head.fields) {
    const Kind kind = KindOf(field.name);
    if (kind == Kind::kConnection || kind == Kind::kContentLength) continue;
    out.append(field.name).append(": ").append(Trim(field.value)).append("\r\n");
  }
}

}  // namespace monoceros::router::http
