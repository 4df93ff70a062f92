// SPDX-License-Identifier: Apache-2.0
#include "router/log/atoms.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

#include "router/log/escape.h"

namespace monoceros::router {
namespace {

constexpr base::Nanoseconds kMicrosecond = 1000;
constexpr std::string_view kDash = "-";

struct Atom {
  std::string_view name;
  Segment::Append append;
};

std::string_view OrDash(std::string_view text) { return text.empty() ? kDash : text; }

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

template <typename Integer>
void AppendInteger(Integer number, std::string& out) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void AppendSeconds(base::Nanoseconds duration, std::string& out) {
  const base::Nanoseconds microseconds = duration / kMicrosecond;
  fmt::format_to(std::back_inserter(out), "{}.{:06}", microseconds / 1'000'000,
                 microseconds % 1'000'000);
}

void AppendMeasured(base::Nanoseconds duration, std::string& out) {
  duration < 0 ? void(out.append(kDash)) : AppendSeconds(duration, out);
}

void AppendProtocol(const AccessRecord& record, std::string& out) {
  out.append("HTTP/1.");
  AppendInteger(static_cast<unsigned>(record.version_minor), out);
}

using Argument = const std::string&;
using Record = const AccessRecord&;
using Line = std::string&;

void Dash(Argument, Record, LineTime&, Line out) { out.append(kDash); }
void RemoteAddress(Argument, Record record, LineTime&, Line out) {
  AppendEscaped(OrDash(record.remote_address), out);
}
void Time(Argument, Record, LineTime& time, Line out) { out.append(time.Text()); }
void RequestLine(Argument, Record record, LineTime&, Line out) {
  AppendEscaped(record.method, out);
  out += ' ';
  AppendEscaped(record.target, out);
  out += ' ';
  AppendProtocol(record, out);
}
void Method(Argument, Record record, LineTime&, Line out) { AppendEscaped(record.method, out); }
void Target(Argument, Record record, LineTime&, Line out) { AppendEscaped(record.target, out); }
void Path(Argument, Record record, LineTime&, Line out) { AppendEscaped(record.path, out); }
void Query(Argument, Record record, LineTime&, Line out) { AppendEscaped(record.query, out); }
void Protocol(Argument, Record record, LineTime&, Line out) { AppendProtocol(record, out); }
void Status(Argument, Record record, LineTime&, Line out) { AppendInteger(record.status, out); }
void Bytes(Argument, Record record, LineTime&, Line out) {
  AppendInteger(record.response_bytes, out);
}
void Referer(Argument, Record record, LineTime&, Line out) {
  AppendEscaped(FieldOrDash(record.request_fields, "referer"), out);
}
void UserAgent(Argument, Record record, LineTime&, Line out) {
  AppendEscaped(FieldOrDash(record.request_fields, "user-agent"), out);
}
void WholeSeconds(Argument, Record record, LineTime&, Line out) {
  AppendInteger(record.duration / base::kNanosecondsPerSecond, out);
}
void Milliseconds(Argument, Record record, LineTime&, Line out) {
  AppendInteger(record.duration / base::kNanosecondsPerMillisecond, out);
}
void Microseconds(Argument, Record record, LineTime&, Line out) {
  AppendInteger(record.duration / kMicrosecond, out);
}
void Seconds(Argument, Record record, LineTime&, Line out) { AppendSeconds(record.duration, out); }
void QueueSeconds(Argument, Record record, LineTime&, Line out) {
  AppendSeconds(record.queue_time, out);
}
void ApplicationSeconds(Argument, Record record, LineTime&, Line out) {
  AppendSeconds(record.application_time, out);
}
void GilSeconds(Argument, Record record, LineTime&, Line out) {
  AppendMeasured(record.gil_wait, out);
}
void CpuSeconds(Argument, Record record, LineTime&, Line out) { AppendMeasured(record.cpu, out); }
void RunQueueSeconds(Argument, Record record, LineTime&, Line out) {
  AppendMeasured(record.run_queue, out);
}
void OtherSeconds(Argument, Record record, LineTime&, Line out) {
  AppendMeasured(record.other, out);
}
void WriteSeconds(Argument, Record record, LineTime&, Line out) {
  AppendMeasured(record.write, out);
}
void WorkerPid(Argument, Record record, LineTime&, Line out) {
  if (record.worker_pid == 0) return out.append(kDash), void();
  fmt::format_to(std::back_inserter(out), "<{}>", record.worker_pid);
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// The name of Basic credentials (RFC 7617): everything before the colon of the decoded text.
void User(Argument, Record record, LineTime&, Line out) {
  const std::string_view credentials = FieldOrDash(record.request_fields, "authorization");
  if (credentials.size() < 6 || !SameName(credentials.substr(0, 6), "basic ")) {
    return out.append(kDash), void();
  }
  unsigned bits = 0;
  int count = 0;
  const size_t begin = out.size();
  for (const char c : credentials.substr(6)) {
    const int digit = Base64Digit(c);
    if (digit < 0) break;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const char byte = static_cast<char>(bits >> count & 0xFF);
    if (byte == ':') break;
    AppendEscaped({&byte, 1}, out);
  }
  if (out.size() == begin) out.append(kDash);
}

void RequestField(Argument name, Record record, LineTime&, Line out) {
  AppendEscaped(FieldOrDash(record.request_fields, name), out);
}
void ResponseField(Argument name, Record record, LineTime&, Line out) {
  AppendEscaped(FieldOrDash(record.response_fields, name), out);
}

constexpr std::array<Atom, 25> kAtoms = {{{"h", RemoteAddress},
                                          {"l", Dash},
                                          {"u", User},
                                          {"t", Time},
                                          {"r", RequestLine},
                                          {"m", Method},
                                          {"U", Path},
                                          {"q", Query},
                                          {"H", Protocol},
                                          {"s", Status},
                                          {"B", Bytes},
                                          {"b", Bytes},
                                          {"f", Referer},
                                          {"a", UserAgent},
                                          {"T", WholeSeconds},
                                          {"M", Milliseconds},
                                          {"D", Microseconds},
                                          {"L", Seconds},
                                          {"Q", QueueSeconds},
                                          {"A", ApplicationSeconds},
                                          {"G", GilSeconds},
                                          {"C", CpuSeconds},
                                          {"R", RunQueueSeconds},
                                          {"O", OtherSeconds},
                                          {"W", WriteSeconds}}};

// Keys of the WSGI environ that the router knows itself.
constexpr std::array<Atom, 6> kEnvironKeys = {{{"REMOTE_ADDR", RemoteAddress},
                                               {"REQUEST_METHOD", Method},
                                               {"RAW_URI", Target},
                                               {"PATH_INFO", Path},
                                               {"QUERY_STRING", Query},
                                               {"SERVER_PROTOCOL", Protocol}}};

template <typename Atoms>
Segment::Append FindIn(const Atoms& atoms, std::string_view name) {
  const auto found = std::find_if(atoms.begin(), atoms.end(),
                                  [name](const Atom& atom) { return atom.name == name; });
  return found == atoms.end() ? nullptr : found->append;
}

// A key of the environ, a request field as HTTP_<NAME>, or a variable of the server's environment.
Segment EnvironAtom(std::string name) {
  if (const Segment::Append append = FindIn(kEnvironKeys, name)) return {append, ""};
  if (name.starts_with("HTTP_")) {
    std::replace(name.begin(), name.end(), '_', '-');
    return {RequestField, name.substr(5)};
  }
  const char* text = std::getenv(name.c_str());
  std::string escaped;
  AppendEscaped(OrDash(text == nullptr ? "" : text), escaped);
  return {AppendLiteral, escaped};
}

}  // namespace

void AppendLiteral(const std::string& text, const AccessRecord&, LineTime&, std::string& out) {
  out.append(text);
}

std::string_view FieldOrDash(const std::vector<channel::Field>* fields, std::string_view name) {
  if (fields == nullptr) return kDash;
  const auto found = std::find_if(fields->rbegin(), fields->rend(),
                                  [name](const auto& field) { return SameName(field.name, name); });
  return found == fields->rend() ? kDash : OrDash(found->value);
}

Segment FindAtom(std::string_view name) {
  if (name == "p") return {WorkerPid, ""};
  if (const Segment::Append append = FindIn(kAtoms, name)) return {append, ""};
  const bool braces = name.size() > 3 && name[0] == '{' && name[name.size() - 2] == '}';
  if (!braces) return {nullptr, ""};
  std::string argument(name.substr(1, name.size() - 3));
  switch (name.back()) {
    case 'i':
      return {RequestField, std::move(argument)};
    case 'o':
      return {ResponseField, std::move(argument)};
    case 'e':
      return EnvironAtom(std::move(argument));
    default:
      return {nullptr, ""};
  }
}

}  // namespace monoceros::router
